"""One search written in another way that means the same.

Other blanks and comments, commas or blanks between the items of a list, keywords in either case,
names and plain values with or without quotes, blanks or none round an operator.
"""

from __future__ import annotations

import re
from random import Random

from .language import OPERATOR_WORDS

KEYWORDS = {"where", "by", "from", "as"}  # in either case (T4)
STRING = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
PLAIN = re.compile(r"[A-Za-z0-9_.]+")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+")
COMPARED = re.compile(r"(\(*[\w.]+)(!=|<=|>=|=|<|>)(.*)", re.DOTALL)


def respelled(random: Random, text: str) -> str:
    """The same search; what stands in double quotes keeps its bytes."""
    pieces, strings = STRING.split(text), STRING.findall(text)
    result = ""
    for index, piece in enumerate(pieces):
        last = index == len(pieces) - 1
        result += outside(random, piece, index > 0, not last)
        if not last:
            result += string(random, strings[index], result, pieces[index + 1])
    return result


def string(random: Random, quoted: str, before: str, after: str) -> str:
    """A string, without its quotes where it is a plain word that stands for itself without them."""
    text = quoted[1:-1]
    alone = before.endswith(("=", "<", ">", "(", ",")) and after[:1] in ("", " ", ")", ",")
    plain = PLAIN.fullmatch(text) is not None and text.upper() not in OPERATOR_WORDS
    return text if alone and plain and random.random() < 0.5 else quoted


def outside(random: Random, piece: str, after_string: bool, before_string: bool) -> str:
    """What stands between two strings; where it touches one, it goes on touching it."""
    if piece == ",":
        return random.choice([",", ", ", " , ", " "])
    words = piece.split(" ")
    for index, word in enumerate(words):
        touches = (index == 0 and after_string) or (index == len(words) - 1 and before_string)
        words[index] = word_of(random, word, touches)
    return "".join(word + blank(random) for word in words[:-1]) + words[-1]


def blank(random: Random) -> str:
    """What separates two words."""
    return random.choice([" ", " ", "  ", "\n", "\t", " ```a comment``` "])


def word_of(random: Random, word: str, touches: bool) -> str:
    """One word; touches: a string stands at one of its ends."""
    if word.lower() in KEYWORDS:
        return random.choice([word.lower(), word.upper()])
    if DOTTED.fullmatch(word) and not touches and random.random() < 0.3:
        return f'"{word}"'
    if len(word) > 1 and word.endswith(",") and not touches:
        return word[:-1] + random.choice([",", " ,", " , "])
    match = COMPARED.fullmatch(word)
    if match is not None and random.random() < 0.4:
        return f"{match[1]}{random.choice([' ', ''])}{match[2]}{random.choice([' ', ''])}{match[3]}"
    return word
