using Picket.Detection.Alerts;

namespace Picket.Detection.Windows;

/// <summary>What an event is to a correlation above the one that looks at it, should it be the one at which that begins to hold: kept, for then the event itself is gone by.</summary>
/// <param name="To">The correlation above.</param>
/// <param name="Key">Which of its groups.</param>
/// <param name="Subject">What its alert tells of the event.</param>
/// <param name="Value">See <see cref="WindowEntry.Value"/>.</param>
/// <param name="Further">What the event is to those above that one; null for none.</param>
internal sealed record Above(TriggerInput To, byte[] Key, AlertSubject Subject, UInt128 Value, IReadOnlyList<Above>? Further);
