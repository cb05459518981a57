using System.Text;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;

namespace Picket.Detection.Matching;

/// <summary>Whether a filter can hold at all for events of which some fields are known: what is asked of others may hold or not.</summary>
internal static class Possible
{
    public static bool Holds(Filter filter, IReadOnlyDictionary<Field, string> known) => MayBe(filter, true, known);

    // Whether the filter may come to this answer.
    private static bool MayBe(Filter filter, bool answer, IReadOnlyDictionary<Field, string> known) => filter switch
    {
        Filter.And and => answer ? and.Parts.All(part => MayBe(part, true, known)) : and.Parts.Any(part => MayBe(part, false, known)),
        Filter.Or or => answer ? or.Parts.Any(part => MayBe(part, true, known)) : or.Parts.All(part => MayBe(part, false, known)),
        Filter.Not not => MayBe(not.Part, !answer, known),
        Filter.Term term when known.TryGetValue(term.Field, out var text) => term.Operator.Matches(new Value(ValueKind.Text, Encoding.UTF8.GetBytes(text))) == answer,
        _ => true,
    };
}
