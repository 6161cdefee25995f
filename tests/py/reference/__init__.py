"""The reference model: tstats' answer, written from the rules alone, slow and obvious.

It shares no line with the engine. Each function names the rule it restates (W6, T7, S3 ...); a
test compares the engine's bytes with the model's.

    csv_dialect   a CSV body -> rows of values, and back
    number        what a number is, how values are ordered, times
    span          the bins of BY _time
    plan          a parsed search
    language      the text of a tstats search -> a plan
    events        the text of a Sysmon event -> the fields of the dataset
    evals         what a data model makes of a field
    dataset       a root dataset of a data model, with the datasets under it
    models        the data models; their facts stand in models_endpoint, models_network ...
    model         a row as a dataset sees it: its kind, its fields before and after the evals
    where         does a row satisfy WHERE
    conditions    the conditions of the dataset itself, and nodename
    functions     the functions over one group
    hunt          all of it together: plan text and bodies -> the table, and its CSV
    generate      random rows, events and plans of the Cloudflared hunt's model from a seed
    generate_rows, generate_plans   rows for any plan, and plans over every model
    respell       a search in another way that means the same
"""
