using Picket.Events;

namespace Picket.Detection.Alerts;

/// <summary>What of an alert must be known for what comes.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Fingerprint">Which.</param>
/// <param name="From">From when on events count; ns since 1970.</param>
/// <param name="Held">When the last event happened at which its rule held; ns since 1970.</param>
/// <param name="ClosedThrough">Of one that was closed: up to which event of the log it has all; null for one that is active.</param>
public sealed record StandingAlert(TenantId Tenant, string Fingerprint, long From, long Held, ulong? ClosedThrough);
