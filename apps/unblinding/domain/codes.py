"""The code that a caller reads out on the telephone to the clinician who is to learn the answer.

Ten signs of Crockford's base 32 are 50 bits; with five tries and the clinician's own password that is plenty, and
none of its signs can be misheard as another's look-alike: O is read as 0, I and L as 1.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


def code_from(entropy: bytes) -> str:
    """
    Return a code such as ``7QK2M-0XH4D`` from ten or more random bytes.

    :raises ValueError: if there are fewer
    """
    if len(entropy) < LENGTH:
        raise ValueError("A code needs ten random bytes.")
    signs = "".join(ALPHABET[byte % 32] for byte in entropy[:LENGTH])
    return f"{signs[:5]}-{signs[5:]}"


def code_normal(typed: str) -> str:
    """Return a code as it is compared: capital signs alone, look-alikes resolved."""
    return "".join(sign for sign in typed.upper() if sign.isalnum()).translate(_LOOKALIKES)


def code_hash(request_id: UUID, code: str) -> str:
    """Return what the database keeps of a code: useless for any other envelope, and for reading it back."""
    return hashlib.sha256(f"{request_id}/{code_normal(code)}".encode()).hexdigest()
