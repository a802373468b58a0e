"""Which partition a key belongs to: Kafka's default partitioner, murmur2 of the key's bytes.

The hash is `org.apache.kafka.common.utils.Utils.murmur2` (32 bits, seed 0x9747b28c), so that
keys lie where any Kafka client would put them. Pure; callers with few keys remember answers.
"""

SEED = 0x9747B28C
MULTIPLIER = 0x5BD1E995
SHIFT = 24
WORD = 0xFFFFFFFF


def partition_for(key: bytes | None, partitions: int) -> int:
    """Return the partition of a key among `partitions`.

    Records without key go to partition 0: a client spreads them by chance, which the sandbox,
    repeatable by its seed, does not.
    """
    if key is None or partitions == 1:
        return 0
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """Return the hash as an unsigned 32-bit number."""
    length = len(data)
    whole = length & ~3
    hashed = SEED ^ length
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * MULTIPLIER & WORD
        word = (word ^ (word >> SHIFT)) * MULTIPLIER & WORD
        hashed = (hashed * MULTIPLIER & WORD) ^ word
    if rest := data[whole:]:
        hashed = (hashed ^ int.from_bytes(rest, "little")) * MULTIPLIER & WORD
    hashed = (hashed ^ (hashed >> 13)) * MULTIPLIER & WORD
    return hashed ^ (hashed >> 15)
