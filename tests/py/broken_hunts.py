"""Files of hunts that cfhunt must refuse, each with the place and a part of the sentence.

In a text a ``^`` stands before the byte whose line and column must be named; it is no byte of the
file. Where there is none, the place is line 1, column 1.
"""

from __future__ import annotations

HEAD = "| tstats count from datamodel=Network_Traffic.All_Traffic"
NAME = "name: A hunt\n"
GOOD = NAME + f"search: '{HEAD}'\n"
ONE_TEXT = "must be one text"
LIST = "must be a list of texts"
ITEM = "An item of "
MAPPING = "must be a mapping"
NO_YAML = "This is no YAML: "
NO_TEXT = "This is no text in UTF-8 as YAML takes it: "
DEEP = "50 deep and no more"
TABS = "YAML is indented with blanks, never with tabs."
MACRO_NAME = "The name of a macro is letters"
BEGINS = "A hunt's search begins with | tstats."


def nested(opening: str, times: int) -> str:
    """A mark before the opening that is one too deep (a mapping is around all of them)."""
    return opening * 49 + "^" + opening * (times - 49)


# (file, a part of the sentence)
BROKEN: list[tuple[str | bytes, str]] = [
    # nothing, or something else
    ("^", "The file is empty."),
    ("\n\n# a comment\n^", "The file is empty."),
    ("---\n^...\n", "The file must be a mapping"),
    ("^just a text\n", "The file must be a mapping"),
    ("^- name: a list\n", "The file must be a mapping"),
    ("^'quoted'\n", "The file must be a mapping"),
    ("^{}\n", "There is no name"),
    ("^42\n", "The file must be a mapping"),
    ("| ^tstats count\n", NO_YAML),
    ('^{"name": "JSON"}\n', "There is no search"),
    # what is missing
    (f"search: '{HEAD}'\n", "There is no name"),
    (f"name:\nsearch: '{HEAD}'\n", "There is no name"),
    (f"name: ~\nsearch: '{HEAD}'\n", "There is no name"),
    (NAME, "There is no search"),
    (NAME + "^search:\n", "There is no search"),
    (NAME + "^search: null\n", "There is no search"),
    (NAME + "^serach: '| tstats count'\n", "There is no search: a hunt has a name and a search."),
    (NAME + "^serach: '| tstats count'\n", "Is serach meant to be it?"),
    (NAME + "^Search: '| tstats count'\n", "Is Search meant to be it?"),
    (GOOD.replace("name", "^nmae"), "There is no name"),
    (NAME + "serach: x\n^search:\nsaerch: y\n", "There is no search"),
    (NAME + "tags:\n  search: '| tstats count'\n", "There is no search"),
    ("tags:\n  name: x\n" + f"search: '{HEAD}'\n", "There is no name"),
    # wrong kinds
    (NAME + "search: ^[a]\n", ONE_TEXT),
    (NAME + "search: ^{a: b}\n", ONE_TEXT),
    (NAME + "search:\n  ^- '| tstats count'\n", ONE_TEXT),
    (NAME + "search:\n  ^text: '| tstats count'\n", ONE_TEXT),
    ("name: ^[A, hunt]\n", ONE_TEXT),
    ("name:\n^- A hunt\n", ONE_TEXT),
    (GOOD + "id: ^[1]\n", ONE_TEXT),
    (GOOD + "description:\n  ^why: that\n", ONE_TEXT),
    (GOOD + "version: ^{major: 1}\n", ONE_TEXT),
    (GOOD + "creation_date: ^[2026]\n", ONE_TEXT),
    (GOOD + "author:\n  ^- one\n  - two\n", ONE_TEXT),
    (GOOD + "tags: ^text\n", MAPPING),
    (GOOD + "tags: ^[a, b]\n", MAPPING),
    (GOOD + "macros: ^text\n", MAPPING),
    (GOOD + "macros:\n^- a: b\n", MAPPING),
    (GOOD + "references: ^{a: b}\n", LIST),
    (GOOD + "references:\n- a\n- ^b: c\n", ITEM + "references is a mapping"),
    (GOOD + "references: [a, ^[b]]\n", ITEM + "references is a list"),
    (GOOD + "data_source:\n- ^- x\n", ITEM + "data_source"),
    (GOOD + "mitre_attack_id: ^{T1: x}\n", LIST),
    (GOOD + "tags:\n  mitre_attack_id: ^{T1: x}\n", LIST),
    (GOOD + "tags:\n  analytic_story:\n  - a\n  - ^b: c\n", ITEM + "analytic_story"),
    # twice
    (NAME + "^name: Another\n", "name stands here a second time: the first is in line 1."),
    (GOOD + f"^search: '{HEAD}'\n", "search stands here a second time: the first is in line 2."),
    (GOOD + "tags: {}\n^tags: {}\n", "tags stands here a second time"),
    (GOOD + "macros: {}\n^macros: {}\n", "macros stands here a second time"),
    (GOOD + "asset_type: a\ntags:\n  ^asset_type: b\n", "asset_type stands here a second time"),
    (GOOD + "macros:\n  a: b\n  ^a: c\n", "The macro a stands here a second time"),
    (GOOD + "^---\n" + GOOD, "here a second document"),
    (GOOD + "...\n^---\nname: x\n", "here a second document"),
    # indentation and tabs
    (NAME + "  search^: x\n", NO_YAML),
    (NAME + f" search^: '{HEAD}'\n", NO_YAML),
    (f"  name: x\n^search: '{HEAD}'\n", NO_YAML),
    (GOOD + "tags:\n  a: b\n ^c: d\n", NO_YAML),
    (GOOD + "tags:\n^\ta: b\n", TABS),
    ("^\tname: x\n", TABS),
    (NAME + "search: |\n^\t| tstats count\n", NO_YAML),
    (NAME + "search: |\n    | tstats count\n  ^from datamodel=x\n", NO_YAML),
    (NAME + "search: | ^tstats count\n", "Behind | or > the line ends"),
    (NAME + "search: tstats count where a^: b\n", "a colon and a blank"),
    (NAME + "search: >^x\n", NO_YAML),
    (NAME + "search: |^0\n  x\n", NO_YAML),
    (GOOD + "references:\n- a\n - b^: c\n", NO_YAML),
    # quotes and brackets
    (NAME + "search: ^'| tstats count\n", "The quote that begins here is not closed."),
    (NAME + 'search: ^"| tstats count\n', "The quote that begins here is not closed."),
    (NAME + "search: 'a' ^b\n", NO_YAML),
    (NAME + 'search: "a ^\\q"\n', NO_YAML),
    (NAME + 'search: "a \\x^zz"\n', NO_YAML),
    (NAME + 'search: "a \\u^D800"\n', NO_YAML),
    (GOOD + "references: [a, b\n^", NO_YAML),
    (GOOD + "references: [a, b^}\n", NO_YAML),
    (GOOD + "tags: {a: b\n^", NO_YAML),
    (GOOD + "^]\n", NO_YAML),
    (GOOD + "^a text\nb: c\n", NO_YAML),
    (NAME + "search: ^`shells` | tstats\n", "begins with this character needs quotes"),
    (NAME + "search: ^@x\n", NO_YAML),
    (NAME + "search: ^%x\n", NO_YAML),
    # directives, tags, anchors, aliases, merges
    ("%YAML 9.9\n---\n" + GOOD, NO_YAML),
    ("%TAG ! x\n^%TAG ! x\n---\n" + GOOD, NO_YAML),
    (GOOD + "id: ^!x!y z\n", NO_YAML),
    (GOOD + "id: ^*nobody\n", "An alias (*name) cannot stand for the value of id"),
    ("a: &n N\nname: ^*n\n", "An alias (*name) cannot stand for the value of name"),
    (f"a: &s '{HEAD}'\n" + NAME + "search: ^*s\n", "cannot stand for the value of search"),
    ("a: &l [x]\n" + GOOD + "references: ^*l\n", "cannot stand for the value of references"),
    ("a: &l x\n" + GOOD + "references: [^*l]\n", "cannot stand for the value of references"),
    ("a: &t {}\n" + GOOD + "tags: ^*t\n", "cannot stand for the value of tags"),
    ("a: &m {}\n" + GOOD + "macros: ^*m\n", "cannot stand for the value of macros"),
    ("a: &m x\n" + GOOD + "macros: {b: ^*m}\n", "cannot stand for the value of b"),
    ("a: &k name\n^*k : x\n", "An alias (*name) cannot stand for a key"),
    ("a: &h {name: x}\n^<<: *h\n", "A merge (<<) is not done"),
    (GOOD + "tags:\n  ^<<: {a: b}\n", "A merge (<<) is not done"),
    (GOOD + "id: &^\n", NO_YAML),
    # bytes
    (b"name: ^\xff\n", NO_TEXT),
    (b"^\xff\xfen\x00a\x00m\x00e\x00", "It looks like UTF-16"),
    (b"^\xfe\xff\x00n\x00a\x00m\x00e", "It looks like UTF-16"),
    (b"name: \xc3^(\n", NO_TEXT),
    (b"name: ^\xc3", NO_TEXT),
    (b"name: ^\xed\xa0\x80\n", NO_TEXT),  # half of a pair of UTF-16
    (b"name: ^\xc0\x80\n", NO_TEXT),
    (b"name: a^\x00b\n", NO_TEXT),
    (b"name: a^\x1b[31m\n", NO_TEXT),
    (b"name: \xef\xbb\xbf^\x07\n", NO_TEXT),
    (b"\xef\xbb\xbfname: ^[x]\n", ONE_TEXT),  # a byte order mark is no column
    (b"^\x1f\x8b\x08\x00\x00\x00", NO_TEXT),  # gzip
    # bombs
    ("a: " + nested("[", 5000), DEEP),
    ("a: " + nested("{b: ", 60), DEEP),
    ("a:\n" + " " + nested("- ", 60) + "x\n", DEEP),
    ("tags: " + nested("{tags: ", 60), DEEP),
    ("? " * 50 + "^" + "? " * 20, DEEP),
    ("#" + "x" * (1 << 20), "1 MB and no more"),
    (GOOD + "macros:\n" + "".join(f"  m{i}: x\n" for i in range(1000)) + "  ^m: x\n", "1000"),
    (
        NAME + "search: '| tstats ^`a0`'\nmacros:\n"
        "" + "".join(f"  a{i}: '{f'`a{i + 1}`' * 10}'\n" for i in range(18)) + "  a18: x\n",
        "512 KB",
    ),
    (NAME + "search: '| tstats ^`a`'\nmacros: {a: '`b`', b: '`a`'}\n", "20 deep"),
    # macros
    (GOOD + "macros:\n  ^a b: c\n", MACRO_NAME),
    (GOOD + "macros:\n  ^'': c\n", MACRO_NAME),
    (GOOD + "macros:\n  ^a(: c\n", MACRO_NAME),
    (GOOD + "macros:\n  ^a(b): c\n", MACRO_NAME),
    (GOOD + "macros:\n  ? ^[a]\n  : b\n", MACRO_NAME),
    (GOOD + "macros:\n  ^a(1): b\n", "does not list as many arguments"),
    (GOOD + "macros:\n  ^a:\n", "has no definition"),
    (GOOD + "macros:\n  ^a: {arguments: [b]}\n", "has no definition"),
    (GOOD + "macros:\n  a: ^[b]\n", ONE_TEXT),
    (GOOD + "macros:\n  a: {definition: ^[b]}\n", ONE_TEXT),
    (GOOD + "macros:\n  a: {definition: x, arguments: ^{b: c}}\n", LIST),
    (GOOD + "macros:\n  ^a: {definition: x, arguments: [b c]}\n", 'not "b c"'),
    (NAME + "search: '| tstats ^`security_content_sumariesonly` count'\n", "did you mean"),
    (NAME + "search: '| tstats count ^`never_heard_of`'\n", "no macro `never_heard_of`"),
    (NAME + "search: '| tstats count ^`fillnull_config(1)`'\n", "takes 1 argument: it takes 0"),
    (NAME + "search: '| tstats count ^`fillnull_config'\n", "A backquote is not closed"),
    # the search
    (NAME + "search: '^'\n", BEGINS),
    (NAME + "search: '^  '\n", BEGINS),
    (NAME + "search: '^index=main | stats count'\n", BEGINS),
    (NAME + "search: '| ^from datamodel:Network_Traffic'\n", BEGINS),
    (NAME + "search: '| ^tstat count'\n", BEGINS),
    (NAME + "search: |\n  | tstats\n    ^coumt\n", 'There is no function "coumt"'),
    (NAME + "search: >\n  | tstats\n  ^coumt\n", 'There is no function "coumt"'),
    (NAME + "search: '| tstats\n\n  ^coumt'\n", 'There is no function "coumt"'),
    (NAME + 'search: "| tstats\\n\\\n    ^coumt"\n', 'There is no function "coumt"'),
    (NAME + "search: | # a header\n\n   | tstats\n   ^sumariesonly=t\n", "no option"),
    (NAME + f"search: '{HEAD} where a=b\n  ^= c'\n", 'A field, "(" or NOT is missing'),
    (NAME + f"search: '{HEAD} where a=^[search b]'\n", "A subsearch cannot stand here"),
    (NAME + f"search: '{HEAD} by a ^where b=c'\n", "WHERE stands before BY"),
    (NAME + "search: '| tstats prestats=^true count'\n", "prestats and append"),
    (NAME + "search: '| tstats count^'\n", "FROM datamodel=... is missing"),
    (NAME + f"search: '{HEAD} where `w`^\n  '\nmacros: {{w: a=b OR}}\n", "the end of the search"),
    (NAME + f"search: '{HEAD} where ^`w` by x'\nmacros: {{w: a==b}}\n", "in the macro `w`"),
    (NAME + "search: '| tstats hunt=other ^count'\n", "cannot stand in a search"),
]
