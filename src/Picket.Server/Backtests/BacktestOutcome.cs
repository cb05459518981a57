using Picket.Detection.Alerts;

namespace Picket.Server.Backtests;

/// <summary>What rules would have raised.</summary>
/// <param name="Alerts">In the order in which their rules held first.</param>
/// <param name="Matches">Events that they matched.</param>
/// <param name="Evicted">Groups that there was no room for.</param>
/// <param name="Took">What the rules took.</param>
/// <param name="Samples">For some alerts an event of theirs, as JSON, by their fingerprints.</param>
internal sealed record BacktestOutcome(IReadOnlyList<AlertChange> Alerts, long Matches, long Evicted, TimeSpan Took, IReadOnlyDictionary<string, string> Samples);
