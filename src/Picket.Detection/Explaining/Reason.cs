using System.Text;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Language;

namespace Picket.Detection.Explaining;

/// <summary>Why a rule, or a part of it, holds for an event or not.</summary>
/// <param name="Holds">Whether it does.</param>
/// <param name="Text">What was asked.</param>
/// <param name="Found">What the event has there; null where that says nothing.</param>
/// <param name="Parts">What it was decided by.</param>
public sealed record Reason(bool Holds, string Text, string? Found, IReadOnlyList<Reason> Parts)
{
    private const int ShownCharacters = 200;

    /// <summary>Each term of a rule, asked of one event by the operators one by one, and where the event comes from.</summary>
    public static Reason Of(Rule rule, EventRow row, bool with4688 = true)
    {
        var source = SourceRouter.SourceOf(row);
        // The same variants as are run.
        var set = new RuleSet([rule], with4688);
        var variant = set.Compiled.FirstOrDefault(compiled => compiled.Suits(source));
        var from = new Reason(variant is not null, $"written for events of {Written(rule.LogSource)}", Written(source), []);
        var asked = Of(variant?.Filter ?? rule.Filter, row);
        return new Reason(from.Holds && asked.Holds, $"{rule.Title} ({rule.Id})", null, [from, asked]);
    }

    private static Reason Of(Filter filter, EventRow row)
    {
        switch (filter)
        {
            case Filter.And and:
                var all = Each(and.Parts, row);
                return new Reason(Array.TrueForAll(all, part => part.Holds), "all of these", null, all);
            case Filter.Or or:
                var any = Each(or.Parts, row);
                return new Reason(Array.Exists(any, part => part.Holds), "any of these", null, any);
            case Filter.Not not:
                var inner = Of(not.Part, row);
                return new Reason(!inner.Holds, "not", null, [inner]);
            default:
                using (var one = Alone(row))
                {
                    var rows = new RowSet();
                    new Matcher(filter).Match(one, rows);
                    return new Reason(rows.Contains(0), QueryPrinter.Print(filter), ValueOf(filter, row), []);
                }
        }
    }

    private static Reason[] Each(IReadOnlyList<Filter> parts, EventRow row)
    {
        var reasons = new Reason[parts.Count];
        for (var i = 0; i < parts.Count; i++)
        {
            reasons[i] = Of(parts[i], row);
        }
        return reasons;
    }

    private static EventBatch Alone(EventRow row)
    {
        using var builder = new EventBatchBuilder();
        builder.AddRows([row.Batch], [new RowRef(0, row.Row)]);
        return builder.Seal();
    }

    private static string? ValueOf(Filter filter, EventRow row) => filter switch
    {
        Filter.Term term => Value(term.Field, row),
        Filter.SameAs same => $"{Value(same.Field, row)} and {Value(same.Other, row)}",
        _ => null,
    };

    private static string Value(Field field, EventRow row)
    {
        if (row.Batch.TryGetTimes(field, out var times))
        {
            return Instant.Format(times[row.Row]);
        }
        if (!row.TryGet(field, out var value))
        {
            return $"the event has no {field.Name}";
        }
        var text = Encoding.UTF8.GetString(value.Text);
        text = text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "…";
        return value.Kind == ValueKind.Text ? QueryPrinter.Quoted(text) : text;
    }

    private static string Written(LogSource source) => Written(source.Product, source.Service, source.Category);

    private static string Written(EventSource source) => source.Product is null ? "it is not known where the event comes from, so nothing speaks against it" : $"the event is of {Written(source.Product, source.Service, source.Categories.Count == 0 ? null : string.Join(", ", source.Categories))}";

    private static string Written(params string?[] parts) => parts.OfType<string>().ToArray() is { Length: > 0 } said ? string.Join("/", said) : "any source";
}
