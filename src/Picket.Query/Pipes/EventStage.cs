using Picket.Events.Schema;
using Picket.Query.Language;
using Picket.Query.Sorting;

namespace Picket.Query.Pipes;

/// <summary>The pipes that are part of the question to the store itself: which events, in which order, how many, which fields.</summary>
/// <param name="Filter">Which events.</param>
/// <param name="Order">In which order; null for the newest first.</param>
/// <param name="Most">How many; null for all.</param>
/// <param name="Fields">Which of their fields; null for all.</param>
/// <param name="Rest">The pipes behind them, to be run over what the store gives.</param>
internal sealed record EventStage(Filter Filter, SortOrder? Order, int? Most, IReadOnlyList<Field>? Fields, Pipe[] Rest)
{
    public static EventStage Of(ParsedQuery query)
    {
        var stage = new EventStage(query.Filter, null, null, null, [.. query.Pipes]);
        while (stage.Rest.Length > 0 && stage.Take(stage.Rest[0]) is { } next)
        {
            stage = next with { Rest = stage.Rest[1..] };
        }
        return stage;
    }

    // Null where a pipe needs the rows themselves: what comes after a head looks at no other events.
    private EventStage? Take(Pipe pipe) => pipe switch
    {
        Where where when Most is null => this with { Filter = Filter.AllOf(new[] { Filter, where.Filter }.Where(part => part != Filter.Everything)) },
        Sort sort when Most is null => this with { Order = new SortOrder([.. sort.Order.Keys, .. Order?.Keys ?? []]) },
        Head head => this with { Most = Math.Min(head.Rows, Most ?? int.MaxValue) },
        Keep keep => this with { Fields = keep.Fields },
        _ => null,
    };
}
