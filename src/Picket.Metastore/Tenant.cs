using Picket.Events;

namespace Picket.Metastore;

/// <summary>Whose events are kept apart from all others'.</summary>
/// <param name="Number">What events carry.</param>
/// <param name="Id">What people and the API call it.</param>
public sealed record Tenant(TenantId Number, string Id, string Name, string Plan, int RetentionDays);
