#include "remarks.h"

#include <string.h>

#include "model.h"
#include "view.h"

static bool say(struct buffer *text, const char *part)
{
    return buffer_append(text, slice_of(part));
}

static bool say_unknown_model(const struct plan *plan, struct buffer *text)
{
    return say(text, "cfhunt does not know the data model ") && buffer_append(text, plan->model) &&
           say(text, ": fields are taken as they come, without the model's defaults. The nearest "
                     "name that it knows is ") &&
           say(text, model_nearest(plan->model)) && say(text, ".");
}

/* The model is in the tables, the dataset is not: a site's own, whose constraint is not known. */
static bool say_unknown_dataset(const struct plan *plan, struct buffer *text)
{
    return say(text, "cfhunt does not know the dataset ") && buffer_append(text, plan->model) &&
           say(text, ".") && buffer_append(text, plan->dataset) &&
           say(text, ": fields are taken as they come, without the model's defaults and without "
                     "the dataset's constraint. The nearest name that it knows is ") &&
           buffer_append(text, plan->model) && say(text, ".") &&
           say(text, model_nearest_dataset(plan->model, plan->dataset)) && say(text, ".");
}

static bool say_unknown(const struct plan *plan, struct buffer *text)
{
    return model_find(plan->model, (struct slice){NULL, 0}) == NULL
               ? say_unknown_model(plan, text)
               : say_unknown_dataset(plan, text);
}

/* A dataset's name behind those of its parents, as a search writes it before a field. */
static bool say_path(const struct model_dataset *dataset, struct buffer *text)
{
    const struct model_dataset *parent = model_parent(dataset);
    return (parent == NULL || say_path(parent, text)) && say(text, dataset->name) && say(text, ".");
}

static bool say_unknown_field(const struct plan *plan, const struct model_dataset *dataset,
                              size_t field, struct buffer *text)
{
    const struct model_dataset *owner;
    const struct model_field *nearest =
        model_nearest_field(dataset, plan->fields[field].bare, &owner);
    return say(text, "The field ") && buffer_append(text, plan->fields[field].name) &&
           say(text, " is not in the data model: it is taken as the rows have it. The nearest name "
                     "is ") &&
           say_path(owner, text) && say(text, nearest->name) && say(text, ".");
}

bool remarks_say(const struct plan *plan, size_t i, struct message *remark)
{
    const struct model_dataset *dataset = model_find(plan->model, plan->dataset);
    remark->level = MESSAGE_WARN;
    if (dataset == NULL && i-- == 0) return say_unknown(plan, remark->text);
    for (size_t field = 0; dataset != NULL && field < plan->field_count; field++)
        if (view_is_unknown_field(plan, field) && i-- == 0)
            return say_unknown_field(plan, dataset, field, remark->text);
    remark->level = MESSAGE_INFO;
    if (plan->span_assumed && i-- == 0)
        return say(remark->text,
                   "BY _time has no span, so its bins are seconds. tstats chooses a "
                   "span by a rule that is not published: write span=1h, for example.");
    if (plan->span.unit >= SPAN_DAY && plan->span.count > 0 && i-- == 0)
        return say(remark->text, "Days and months are those of UTC: Splunk tells no command the "
                                 "user's time zone.");
    return plan->options.summaries_only && i == 0 &&
           say(remark->text,
               "summariesonly=true has no effect: cfhunt reads events, there is no summary.");
}
