using Picket.Events;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Operators;

namespace Picket.Testing;

/// <summary>Filters of every operator over the names and texts of <see cref="RandomEvents"/>.</summary>
/// <param name="ofRules">Also those that only rules ask, which the query language has no words for.</param>
public sealed class RandomFilters(Random random, bool ofRules = false)
{
    private static readonly string[] Fields = [.. RandomEvents.Names, "status.x", "note.y.z", "absent", "ts", "received_at"];

    public Filter Next(int depth = 3) => ofRules && random.Next(4) == 0 ? OfRules() : random.Next(depth > 0 ? 6 : 3) switch
    {
        3 => new Filter.And([.. Parts(depth)]),
        4 => new Filter.Or([.. Parts(depth)]),
        5 => new Filter.Not(Next(depth - 1)),
        _ => new Filter.Term(new Field(Fields[random.Next(Fields.Length)]), Operator()),
    };

    private Filter OfRules() => random.Next(3) switch
    {
        0 => new Filter.AnyField(Operator()),
        1 => new Filter.SameAs(new Field(Fields[random.Next(Fields.Length)]), new Field(Fields[random.Next(Fields.Length)]), (LiteralPlace)random.Next(4), random.Next(2) == 0),
        _ => new Filter.Term(new Field(random.Next(2) == 0 ? "ts" : "message"), new TimePart(TimePart.Names[random.Next(TimePart.Names.Count)], random.Next(25))),
    };

    private IEnumerable<Filter> Parts(int depth) => Enumerable.Range(0, random.Next(4)).Select(_ => Next(depth - 1));

    private Operator Operator() => random.Next(15) switch
    {
        0 => new Phrase(Text(), random.Next(3) == 0, random.Next(3) == 0),
        1 => new Like([.. Enumerable.Range(0, random.Next(2, 5)).Select(_ => random.Next(3) == 0 ? "" : Part())], random.Next(2) == 0),
        2 => new Contains(Text()),
        3 => new Prefix(Text()),
        4 => new Suffix(Text()),
        5 => new EqualTo(Text()),
        6 => new Exactly(Text()),
        7 => new AnyOf([Text(), Text(), Text()]),
        8 => new Between(random.Next(-10, 500), random.Next(2) == 0, random.Next(0, 1_000), random.Next(2) == 0),
        9 => new InNetwork(Network.TryParse(random.Next(2) == 0 ? "10.0.0.0/8" : "2001:db8::/32", out var network) ? network : default),
        10 => new Exists(),
        11 => new Empty(),
        12 => new During(new TimeRange(random.Next(3) == 0 ? Instant.Min : Some.Instant - (random.Next(100) * Instant.PerDay), random.Next(3) == 0 ? Instant.Max : Some.Instant + random.Next(1, 100))),
        13 => new Inside((string[])["[0]", "[]", "[].x", "[1][0]", "[0].y.z"] is var paths ? paths[random.Next(paths.Length)] : "", (Operator[])[new Exists(), new EqualTo("timeout"), new Contains("e"), new Between(-10, true, 400, true)] is var inner ? inner[random.Next(inner.Length)] : new Exists()),
        _ => new MatchesRegex((string[])["^time", "[0-9]{3}", "b.*c", "Ä", "out$"] is var patterns ? patterns[random.Next(patterns.Length)] : ""),
    };

    // Short, so that several of them stand in one value.
    private string Part()
    {
        var text = Text();
        return text.Length == 0 ? "" : text.Substring(random.Next(text.Length), 1);
    }

    private string Text()
    {
        var text = RandomEvents.Texts[random.Next(RandomEvents.Texts.Length)];
        if (text.Length > 3 && random.Next(3) == 0)
        {
            var start = random.Next(text.Length - 2);
            text = text.Substring(start, random.Next(1, text.Length - start));
        }
        return random.Next(3) == 0 ? text.ToUpperInvariant() : text;
    }
}
