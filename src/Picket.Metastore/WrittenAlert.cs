using Picket.Events;

namespace Picket.Metastore;

/// <summary>An alert that was raised, or has further events, and was written down.</summary>
/// <param name="IsNew">Whether it was raised.</param>
public sealed record WrittenAlert(TenantId Tenant, Guid Id, bool IsNew);
