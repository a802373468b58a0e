"""Load jobs whose data comes with them: multipart in one request, or resumable in several."""

import re
import secrets
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.api import ApiError, Caller, Json, Operation, Realm
from sandbox.google.bigquery.jobs import Jobs, job_resource
from sandbox.google.bigquery.resources import root
from sandbox.google.bodies import parsed_object, raw_body
from sandbox.google.errors import Invalid, NotEmulated, NotFound
from sandbox.google.shapes import JOB

UPLOADS = "/upload/bigquery/v2/projects/{project}/jobs"
UPLOAD_LIMIT = 100 * 1024 * 1024
"""Bytes of one upload."""

UPLOADS_OPEN = 16
CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
RESUME_INCOMPLETE = 308


@dataclass
class Upload:
    """A resumable upload that is under way."""

    project: str
    job: Json
    content: bytearray = field(default_factory=bytearray, repr=False)


@dataclass(frozen=True)
class UploadsApi:
    """`jobs.insert` with media."""

    jobs: Jobs
    _open: dict[str, Upload] = field(default_factory=dict)

    def operations(self) -> tuple[Operation, ...]:
        """Return what it answers."""
        start, go_on = "bigquery.jobs.insert (upload)", "bigquery.jobs.insert (upload chunk)"
        google = Realm.GOOGLE
        return (
            Operation("POST", UPLOADS, start, google, self.start, UPLOAD_LIMIT),
            Operation("PUT", UPLOADS, go_on, google, self.go_on, UPLOAD_LIMIT),
        )

    async def start(self, request: Request, caller: Caller) -> Response:
        """Take a whole multipart upload, or open a resumable one."""
        kind = request.query_params.get("uploadType")
        if kind == "multipart":
            body = await raw_body(request, UPLOAD_LIMIT)
            metadata, content = _multipart(body, request.headers.get("content-type", ""))
            job = parsed_object(metadata, JOB)
            return self._load(request, caller, request.path_params["project"], job, content)
        if kind != "resumable":
            raise NotEmulated(f"uploadType={kind}: use multipart or resumable")
        job = parsed_object(await raw_body(request), JOB)
        if len(self._open) >= UPLOADS_OPEN:
            # Abandoned ones would stay for ever: the oldest gives way.
            del self._open[next(iter(self._open))]
        upload_id = secrets.token_urlsafe(24)
        self._open[upload_id] = Upload(request.path_params["project"], job)
        location = request.url.replace_query_params(uploadType="resumable", upload_id=upload_id)
        headers = {"Location": str(location), "X-GUploader-UploadID": upload_id}
        return Response(headers=headers)

    async def go_on(self, request: Request, caller: Caller) -> Response:
        """Take a chunk of a resumable upload; the last one runs the job."""
        upload_id = request.query_params.get("upload_id", "")
        upload = self._open.get(upload_id)
        if upload is None:
            raise NotFound(f"Upload {upload_id}")
        content = await request.body()
        total = _append(upload, content, request.headers.get("content-range"))
        if total is None or len(upload.content) < total:
            received = len(upload.content)
            headers = {"Range": f"bytes=0-{received - 1}"} if received else {}
            return Response(status_code=RESUME_INCOMPLETE, headers=headers)
        del self._open[upload_id]
        return self._load(request, caller, upload.project, upload.job, bytes(upload.content))

    def _load(
        self, request: Request, caller: Caller, project: str, job: Json, content: bytes
    ) -> Response:
        done = self.jobs.run(caller, project, job, content)
        return JSONResponse(job_resource(done, root(request)))


def _append(upload: Upload, content: bytes, header: str | None) -> int | None:
    """Add a chunk; return the upload's whole length as far as it is known."""
    if header is None:
        upload.content += content
        return len(upload.content)
    match = CONTENT_RANGE.fullmatch(header)
    if match is None:
        raise Invalid(f"Invalid value for Content-Range: {header}")
    first, last, total = match.groups()
    if first is not None:
        if int(first) != len(upload.content) or int(last) - int(first) + 1 != len(content):
            raise Invalid(f"Content-Range {header} does not follow the bytes received so far")
        upload.content += content
    if len(upload.content) > UPLOAD_LIMIT:
        raise ApiError(413, f"The upload is larger than {UPLOAD_LIMIT} bytes")
    return None if total == "*" else int(total)


def _multipart(body: bytes, content_type: str) -> tuple[bytes, bytes]:
    """Return the two parts of a multipart/related body: the job and the data."""
    match = BOUNDARY.search(content_type)
    if match is None:
        raise Invalid("Content-Type of a multipart upload needs a boundary")
    mark = b"--" + match[1].encode()
    parts = (b"\r\n" + body).split(b"\r\n" + mark)[1:-1]
    if len(parts) != 2:  # noqa: PLR2004 - metadata and media, by the protocol
        raise Invalid(f"A multipart upload has two parts, this one {len(parts)}")
    metadata, media = (part.partition(b"\r\n\r\n")[2] for part in parts)
    return metadata, media
