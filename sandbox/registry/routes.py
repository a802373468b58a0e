"""Schema Registry's operations, at `/schema-registry/{registry_id}`."""

from sandbox.api import Api, Handler, Operation, Realm
from sandbox.registry.errors import registry_error_body
from sandbox.registry.handlers import AccessOf, Calls, FindRegistry, SchemaHandlers, SubjectHandlers
from sandbox.registry.setting_handlers import ConfigHandlers, ModeHandlers

PREFIX = "/schema-registry/{registry_id}"
MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"


def registry_api(find: FindRegistry, access_of: AccessOf) -> Api:
    """Return the API of all registry clusters.

    Args:
        find: Gives the registry of an id.
        access_of: Gives who may do what on the registry of an id.
    """
    calls = Calls(find, access_of)
    subjects, schemas = SubjectHandlers(calls), SchemaHandlers(calls)
    config, mode = ConfigHandlers(calls), ModeHandlers(calls)
    table: tuple[tuple[str, str, str, Handler | None], ...] = (
        ("GET", "/", "get", schemas.root),
        ("GET", "/subjects", "list", subjects.list),
        ("POST", "/subjects/{subject}", "lookUpSchemaUnderSubject", subjects.look_up),
        ("DELETE", "/subjects/{subject}", "deleteSubject", subjects.delete),
        ("GET", "/subjects/{subject}/metadata", "getLatestWithMetadata", None),
        ("GET", "/subjects/{subject}/versions", "listVersions", subjects.versions),
        ("POST", "/subjects/{subject}/versions", "register", subjects.register),
        ("GET", "/subjects/{subject}/versions/{version}", "getSchemaByVersion", subjects.version),
        (
            "DELETE",
            "/subjects/{subject}/versions/{version}",
            "deleteSchemaVersion",
            subjects.delete_version,
        ),
        (
            "GET",
            "/subjects/{subject}/versions/{version}/schema",
            "getSchemaOnly",
            subjects.version_text,
        ),
        (
            "GET",
            "/subjects/{subject}/versions/{version}/referencedby",
            "getReferencedBy",
            subjects.referenced_by,
        ),
        ("GET", "/schemas", "getSchemas", schemas.list),
        ("GET", "/schemas/types", "getSchemaTypes", schemas.types),
        ("GET", "/schemas/ids/{schema_id}", "getSchema", schemas.get),
        ("GET", "/schemas/ids/{schema_id}/schema", "getSchemaOnlyById", schemas.get_text),
        ("GET", "/schemas/ids/{schema_id}/subjects", "getSubjects", schemas.subjects),
        ("GET", "/schemas/ids/{schema_id}/versions", "getVersions", schemas.versions),
        ("GET", "/schemas/guids/{guid}", "getSchemaByGuid", None),
        ("GET", "/contexts", "listContexts", schemas.contexts),
        (
            "POST",
            "/compatibility/subjects/{subject}/versions",
            "testCompatibilityForSubject",
            subjects.check_all,
        ),
        (
            "POST",
            "/compatibility/subjects/{subject}/versions/{version}",
            "testCompatibilityBySubjectName",
            subjects.check_version,
        ),
        ("GET", "/config", "getTopLevelConfig", config.get),
        ("PUT", "/config", "updateTopLevelConfig", config.put),
        ("DELETE", "/config", "deleteTopLevelConfig", config.delete),
        ("GET", "/config/{subject}", "getSubjectLevelConfig", config.get),
        ("PUT", "/config/{subject}", "updateSubjectLevelConfig", config.put),
        ("DELETE", "/config/{subject}", "deleteSubjectConfig", config.delete),
        ("GET", "/mode", "getTopLevelMode", mode.get),
        ("PUT", "/mode", "updateTopLevelMode", mode.put),
        ("GET", "/mode/{subject}", "getMode", mode.get),
        ("PUT", "/mode/{subject}", "updateMode", mode.put),
        ("DELETE", "/mode/{subject}", "deleteSubjectMode", mode.delete),
        ("GET", "/exporters", "listExporters", None),
        ("GET", "/dek-registry/v1/keks", "getKekNames", None),
        ("GET", "/catalog/v1/types/tagdefs", "getAllTagDefs", None),
        ("POST", "/catalog/v1/types/tagdefs", "createTagDefs", None),
        ("PUT", "/catalog/v1/types/tagdefs", "updateTagDefs", None),
        ("GET", "/catalog/v1/types/tagdefs/{name}", "getTagDefByName", None),
        ("DELETE", "/catalog/v1/types/tagdefs/{name}", "deleteTagDef", None),
        ("POST", "/catalog/v1/entity/tags", "createTags", None),
        ("GET", "/catalog/v1/entity/type/{type}/name/{entity}/tags", "getTags", None),
        ("POST", "/catalog/v1/types/businessmetadatadefs", "createBusinessMetadataDefs", None),
        (
            "GET",
            "/catalog/v1/types/businessmetadatadefs/{name}",
            "getBusinessMetadataDefByName",
            None,
        ),
        ("POST", "/catalog/v1/entity/businessmetadata", "createBusinessMetadata", None),
    )
    operations = tuple(
        Operation(method, PREFIX + path, name, Realm.REGISTRY, handler)
        for method, path, name, handler in table
    )
    return Api(
        "Schema Registry",
        ("/schema-registry/",),
        operations,
        registry_error_body,
        media_type=MEDIA_TYPE,
        challenge={"WWW-Authenticate": 'Basic realm="Schema Registry"'},
    )
