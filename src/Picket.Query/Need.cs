using Picket.Events.Schema;

namespace Picket.Query;

/// <summary>Where in a value a literal must stand.</summary>
public enum LiteralPlace : byte
{
    Whole,
    Start,
    End,
    Anywhere,

    /// <summary>Anywhere, but neither end cuts a word in two.</summary>
    Words,
}

/// <summary>
/// What must be there for a filter to hold at all. Looked at before anything is decoded; it may promise too much, never too little.
/// Nothing is promised of values that are arrays, whose members are values too.
/// </summary>
public abstract record Need
{
    private Need()
    {
    }

    public static readonly Need Anything = new AnythingNeed();

    public static readonly Need Impossible = new OneOf([]);

    public static Need AllOf(IEnumerable<Need> parts)
    {
        var kept = parts.Where(part => part != Anything).ToArray();
        return kept.Length switch { 0 => Anything, 1 => kept[0], _ => new All(kept) };
    }

    public static Need AnyOf(IEnumerable<Need> parts)
    {
        var all = parts.ToArray();
        return all.Contains(Anything) ? Anything : all.Length == 1 ? all[0] : new OneOf(all);
    }

    private sealed record AnythingNeed : Need;

    /// <summary>The field must be there, or with <paramref name="OrMember"/> one beneath it: <c>http.url</c> for <c>http</c>.</summary>
    public sealed record Present(Field Field, bool OrMember = false) : Need;

    /// <summary>The field must have a value with this text, in any case.</summary>
    public sealed record Literal(Field Field, string Text, LiteralPlace Place) : Need;

    /// <summary>The field must have a value that is a number from <paramref name="From"/> to <paramref name="To"/>, both included.</summary>
    public sealed record Between(Field Field, double From, double To) : Need;

    public sealed record All(IReadOnlyList<Need> Parts) : Need;

    public sealed record OneOf(IReadOnlyList<Need> Parts) : Need;
}
