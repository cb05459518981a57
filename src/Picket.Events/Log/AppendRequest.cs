using Picket.Events.Batches;

namespace Picket.Events.Log;

/// <summary>What to append.</summary>
/// <param name="Tenant">Whose request it is; its events say theirs themselves.</param>
/// <param name="Batch">The events; may be empty when only the key is to be remembered.</param>
/// <param name="Key">Makes a repeat within 24 hours store nothing again; null for none.</param>
/// <param name="Bookmark">How far its source has been read, remembered in the same commit as the events; null for none.</param>
public readonly record struct AppendRequest(TenantId Tenant, EventBatch Batch, IdempotencyKey? Key, Bookmark? Bookmark = null);
