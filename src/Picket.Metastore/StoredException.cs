using Picket.Events;

namespace Picket.Metastore;

/// <summary>Events of which a rule raises nothing. Times are ns since 1970.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Tenant">Whose.</param>
/// <param name="Rule">The id of the rule.</param>
/// <param name="Filter">Which events: in the query language.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="By">The name of the key.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="ExpiresAt">From when on it means nothing any more; null for never.</param>
public sealed record StoredException(Guid Id, TenantId Tenant, string Rule, string Filter, string Reason, string By, long CreatedAt, long? ExpiresAt);
