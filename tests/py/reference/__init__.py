"""The reference model: the hunt's answer, written from the rules alone, slow and obvious.

It shares no line with the engine. Each function names the rule it restates (W6, T7, S3 ...); a
test compares the engine's bytes with the model's.

    csv_dialect   a CSV body -> rows of values, and back
    number        what a number is, how values are ordered, times
    language      the text of a tstats search -> a plan
    where         does a row satisfy WHERE
    events        the text of a Sysmon event -> the fields of the dataset
    model         the dataset: its fields, their defaults, what a row is
    hunt          all of it together: plan text and bodies -> the table, and its CSV
    generate      random rows, events and plans from a seed
"""
