using Picket.Detection.Alerts;
using Picket.Events;

namespace Picket.Detection.Windows;

/// <summary>A group of which a rule says when nothing comes any more.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Rule">The rule's id.</param>
/// <param name="Fingerprint">Which group.</param>
/// <param name="Group">What tells it from others: names and values.</param>
/// <param name="Values">What is told of its last event.</param>
/// <param name="Last">Its last event.</param>
/// <param name="ToldAt">The event behind which it was told that nothing came; 0 for none.</param>
public sealed record Watched(TenantId Tenant, string Rule, string Fingerprint, IReadOnlyList<(string Name, string Value)> Group, IReadOnlyDictionary<string, string> Values, EventRef Last, ulong ToldAt);
