"""Where in its search the command stands: first, behind events, or not to be told (protocol
section 9).

splunkd sends the text of the search but not the place in it. So a place is only named where the
text leaves one possibility; subsearches, macros that are not expanded and a command that occurs
twice can leave more.
"""

from __future__ import annotations

FIRST = "first"
BEHIND = "behind"
UNKNOWN = "unknown"

_HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def percent_decoded(text: str) -> str:
    """The text with %41 as A; what is no such code, or then no UTF-8, is left or replaced."""
    parts = text.encode("utf-8", "surrogatepass").split(b"%")
    decoded = [parts[0]]
    for part in parts[1:]:
        code = part[:2]
        if len(code) == 2 and _HEXADECIMAL.issuperset(code):
            decoded.append(bytes((int(code, 16),)) + part[2:])
        else:
            decoded.append(b"%" + part)
    return b"".join(decoded).decode("utf-8", "replace")


def place_of(search: str, command: str, arguments: str) -> str:
    """FIRST, BEHIND or UNKNOWN, for a command with these arguments in this search (decoded).

    FIRST is said when the search begins with the command, and this is the only place where it is
    called, or the only one where it is called with these arguments. BEHIND is said when the only
    call stands behind another command, and in no subsearch.
    """
    calls = _calls(search, command)
    wanted = _plain(arguments)
    alike = [call for call in calls if _plain(call.arguments) == wanted]
    if len(alike) == 1 or (not alike and len(calls) == 1):
        call = (alike or calls)[0]
        if call.is_first:
            return FIRST
        if len(calls) == 1 and not call.in_subsearch:
            return BEHIND
    return UNKNOWN


class _Call:
    def __init__(self, is_first: bool, in_subsearch: bool, arguments: str) -> None:
        self.is_first = is_first
        self.in_subsearch = in_subsearch
        self.arguments = arguments


def _plain(arguments: str) -> str:
    """Without quotes and blanks, which may change on the way to the command."""
    return "".join(arguments.replace('"', "").split())


def _calls(search: str, command: str) -> list[_Call]:
    calls = []
    depth = 0
    place, starts, is_first = 0, True, True
    while place < len(search):
        letter = search[place]
        if letter.isspace():
            place += 1
            continue
        if starts and letter in _WORD:
            end = _word_end(search, place)
            if search[place:end] == command:
                stop = _arguments_end(search, end)
                calls.append(_Call(is_first, depth > 0, search[end:stop]))
            place, starts, is_first = end, False, False
            continue
        place = _behind(search, place)
        if letter == "|":
            starts = True
        elif letter == "[":
            starts, is_first = True, False
            depth += 1
        elif letter == "]":
            starts = False
            depth -= 1
        elif not search.startswith("```", place - 3):
            starts = is_first = False
    return calls


def _word_end(search: str, place: int) -> int:
    while place < len(search) and search[place] in _WORD:
        place += 1
    return place


def _behind(search: str, place: int) -> int:
    """The place behind what begins here: a text in quotes, a macro, a comment, or one letter."""
    if search.startswith("```", place):
        end = search.find("```", place + 3)
        return len(search) if end < 0 else end + 3
    if search[place] == "`":
        end = search.find("`", place + 1)
        return len(search) if end < 0 else end + 1
    if search[place] != '"':
        return place + 1
    place += 1
    while place < len(search) and search[place] != '"':
        place += 2 if search[place] == "\\" else 1
    return min(place + 1, len(search))


def _arguments_end(search: str, place: int) -> int:
    """Where the next command or the end of the subsearch begins; subsearches inside are skipped."""
    depth = 0
    while place < len(search):
        letter = search[place]
        if letter == "[":
            depth += 1
        elif (letter == "]" and depth == 0) or (letter == "|" and depth == 0):
            break
        elif letter == "]":
            depth -= 1
        place = _behind(search, place)
    return place
