using Picket.Events;
using Picket.Events.Schema;
using Picket.Query;

namespace Picket.Detection.Rules;

/// <summary>What to look for in one event.</summary>
/// <param name="Id">As its author gave it; where there is none, made of the file's name.</param>
/// <param name="Title">For people.</param>
/// <param name="Level">How bad a match is; medium where its author says nothing.</param>
/// <param name="LogSource">Which events it is written for.</param>
/// <param name="Filter">What must hold.</param>
public sealed record Rule(string Id, string Title, RuleLevel Level, LogSource LogSource, Filter Filter)
{
    // It takes a moment until a rule is looked at again that holds on.
    private const long HeldOver = 60 * Instant.PerSecond;

    /// <summary>What other rules call it by; null where it has none.</summary>
    public string? Name { get; init; }

    /// <summary>What it finds and why that matters; null where its author says nothing.</summary>
    public string? Description { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Whether it is written in Sigma; else in this product's own way.</summary>
    public bool IsSigma { get; init; }

    /// <summary>The query of a rule in this product's own way, as its author wrote it.</summary>
    public string? Query { get; init; }

    /// <summary>Whether its author wants it run where it is taken in.</summary>
    public bool IsActive { get; init; } = true;

    /// <summary>The fields whose values tell groups of its events apart, each with alerts of its own; empty where its author names none.</summary>
    public IReadOnlyList<Field> GroupBy { get; init; } = [];

    /// <summary>Whether each event is a group of its own.</summary>
    public bool IsGroupedByEvent { get; init; }

    /// <summary>Where nothing is grouped: the fields whose values say what an alert is about.</summary>
    public IReadOnlyList<Field> Entity { get; init; } = [];

    /// <summary>How many events in which time make an alert; null where its author says nothing, and each does.</summary>
    public Window? Window { get; init; }

    /// <summary>What becomes of its alerts.</summary>
    public AlertPolicy Alerts { get; init; } = AlertPolicy.Default;

    /// <summary>How long after it held last it counts as holding no more, ns; null for never.</summary>
    public long? ResolveAfter => Alerts.ResolveAfter ?? Absence?.Span ?? (Schedule?.Pause + HeldOver) ?? (Window is { IsOfEachEvent: false } window ? window.Span : null);

    /// <summary>Of a rule that looks for values that were not seen for a while: which, and for how long; null for any other.</summary>
    public FirstSeen? FirstSeen { get; init; }

    /// <summary>Of a rule that waits for events: how many there must be, and in which time; null for any other.</summary>
    public Absence? Absence { get; init; }

    /// <summary>Of a rule that is looked at now and then: when, and what it asks then; null for any other.</summary>
    public Schedule? Schedule { get; init; }

    /// <summary>What tells groups apart: of a rule that looks for new values these too.</summary>
    internal IReadOnlyList<Field> Groups => FirstSeen is { } first ? [.. GroupBy.Concat(first.Fields).Distinct()] : GroupBy;

    /// <summary>Of a rule over the matches of others: their events of which it raises nothing; null for none. Another rule's are in its filter.</summary>
    public Filter? Except { get; init; }

    /// <summary>Of a rule over the matches of others: which, and how their events are grouped. Its own filter matches nothing. Null for any other.</summary>
    public Correlation? Correlation { get; init; }
}
