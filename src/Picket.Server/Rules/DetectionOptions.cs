using Picket.Detection;
using Picket.Detection.Pipelines;

namespace Picket.Server.Rules;

/// <summary>How rules are run.</summary>
public sealed record DetectionOptions
{
    /// <summary>Whether the built-in pack's rules are run for tenants that do not turn them off.</summary>
    public bool Pack { get; init; } = true;

    /// <summary>Whether Windows Security 4688 counts as the creation of a process.</summary>
    public bool Security4688 { get; init; } = true;

    /// <summary>How late events may come and count as if they had come in time, where a rule holds only without them.</summary>
    public Lateness Lateness { get; init; } = Lateness.Default;

    /// <summary>How often what windows have in memory is written down.</summary>
    public TimeSpan SnapshotEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What Sigma rules go through before they are run.</summary>
    public IReadOnlyList<Pipeline> Pipelines { get; init; } = [];
}
