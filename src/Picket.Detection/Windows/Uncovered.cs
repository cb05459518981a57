using Picket.Events;

namespace Picket.Detection.Windows;

/// <summary>A stretch of time of which a rule's stored events are not in memory, both ends included; ns since 1970.</summary>
/// <param name="Place">Which rule.</param>
/// <param name="Asked">From when on they are needed: what is between that and the stretch is in memory.</param>
internal readonly record struct Uncovered(TenantId Tenant, int Place, long From, long To, long Asked);
