using Picket.Detection.Sigma;

namespace Picket.Detection.Rules;

/// <summary>One document of a file: a rule, or a filter over rules.</summary>
/// <param name="File">Its path as it was given.</param>
/// <param name="Line">Where it begins, counted from 1.</param>
/// <param name="Text">What is written there: YAML, or JSON.</param>
/// <param name="Rule">Null for a filter.</param>
public sealed record RuleDocument(string File, int Line, string Text, Rule? Rule)
{
    /// <summary>Null for a rule.</summary>
    internal SigmaFilter? Filter { get; init; }

    /// <summary>The lists that it names.</summary>
    public IReadOnlyList<string> Lists { get; init; } = [];

    /// <summary>The filter's or rule's id.</summary>
    public string Id => Rule?.Id ?? Filter!.Id;

    /// <summary>For people.</summary>
    public string Title => Rule?.Title ?? Filter!.Title;
}
