"""Golden answers: the shape of what a server of ours answered, recorded as data in tests/vectors/csc.

A shape is `[shape]` for a list, `{member: shape}` for an object (a name that ends in `?` may be absent), `=text` for
a string or number that is always the same, or the name of a format. To record anew, after looking at why it differs:
KYSO_RECORD_GOLDEN=1 pytest tests/interop/test_schema.py
"""

import json
import os
import pathlib
import re

DIRECTORY = pathlib.Path(__file__).resolve().parents[1] / "vectors" / "csc"

# Tried in this order when recording; a string that fits none is "text".
FORMATS = {
    "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "oid": r"[0-2](\.(0|[1-9][0-9]*)){2,}",
    "time": r"[0-9]{14}Z",
    "hex": r"([0-9a-fA-F]{2}){4,}",
    "language": r"[a-z]{2}-[A-Z]{2}",
    "url": r"https?://[^\s]+",
    "jwt": r"[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "base64url": r"[A-Za-z0-9_-]{43}",
    "base64": r"([A-Za-z0-9+/]{4}){8,}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
    "text": r"(?s).+",
}
# What does not depend on the run: these members are recorded as they are.
FIXED = {
    "SCAL", "authMode", "authType", "curve", "error", "error_description", "expiresIn", "expires_in", "format", "lang", "len",
    "methods", "multisign", "name", "presence", "region", "signAlgorithms", "specs", "status", "token_type", "type", "ID", "label",
}


def shape(value, name=""):
    """The shape of an answer as it is recorded."""
    if isinstance(value, dict):
        return {member: shape(inner, member) for member, inner in sorted(value.items())}
    if isinstance(value, list):
        shapes = [shape(inner, name) for inner in value]
        return [one for at, one in enumerate(shapes) if one not in shapes[:at]]
    if name in FIXED or isinstance(value, (bool, int)):
        return "=" + json.dumps(value, ensure_ascii=False)
    return next(kind for kind, pattern in FORMATS.items() if re.fullmatch(pattern, value))


def differences(wanted, value, where=""):
    """In what an answer differs from a shape; nothing if it fits."""
    if isinstance(wanted, list):
        if not isinstance(value, list) or not value:
            return [f"{where}: not a list with something in it"]
        strange = [inner for inner in value if all(differences(one, inner, where) for one in wanted)]
        fixed = {one for one in wanted if isinstance(one, str) and one.startswith("=")}
        absent = fixed - {shape(inner, where.rsplit(".", 1)[-1]) for inner in value if not isinstance(inner, dict)}
        return [f"{where}: {inner!r} is new" for inner in strange] + [f"{where}: {one} is gone" for one in sorted(absent)]
    if isinstance(wanted, dict):
        if not isinstance(value, dict):
            return [f"{where}: not an object"]
        named = {name.rstrip("?"): inner for name, inner in wanted.items()}
        found = [f"{where}.{name}: is new" for name in sorted(set(value) - set(named))]
        for name, inner in named.items():
            if name in value:
                found += differences(inner, value[name], f"{where}.{name}")
            elif name + "?" not in wanted:
                found.append(f"{where}.{name}: is gone")
        return found
    if wanted.startswith("="):
        return [] if json.loads(wanted[1:]) == value else [f"{where}: {value!r} is not {wanted[1:]}"]
    fits = isinstance(value, str) and re.fullmatch(FORMATS[wanted], value)
    return [] if fits else [f"{where}: {value!r} is no {wanted}"]


def path(method):
    """The file of a method's golden answer."""
    return DIRECTORY / (method.replace("/", "-") + ".json")


def check(method, answer):
    """In what an answer differs from the golden one; records it instead if that is asked for."""
    file = path(method)
    if os.environ.get("KYSO_RECORD_GOLDEN"):
        file.write_text(json.dumps(shape(answer), indent=2, ensure_ascii=False) + "\n")
    return differences(json.loads(file.read_text()), answer)
