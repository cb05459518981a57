using Picket.Events;

namespace Picket.Storage.Log;

/// <summary>Keys of the last 24 hours, bounded per tenant and in all: the oldest goes first. Thread-safe.</summary>
internal sealed class IdempotencyTable
{
    private readonly Lock gate = new();
    private readonly Dictionary<(TenantId, UInt128), KeyEntry> entries = [];
    private readonly Dictionary<TenantId, Queue<KeyEntry>> byTenant = [];
    private readonly Queue<KeyEntry> byAge = [];

    /// <summary>Keys forgotten before their time because a bound was reached.</summary>
    public long Evicted { get; private set; }

    public IReadOnlyList<KeyEntry> ToList()
    {
        lock (gate)
        {
            return [.. entries.Values];
        }
    }

    public bool TryGet(TenantId tenant, UInt128 key, out KeyEntry entry)
    {
        lock (gate)
        {
            return entries.TryGetValue((tenant, key), out entry);
        }
    }

    public void Add(KeyEntry entry)
    {
        lock (gate)
        {
            AddLocked(entry);
        }
    }

    /// <summary>Forgets what is older than <see cref="Limits.KeyLife"/>.</summary>
    public void Expire(long now)
    {
        lock (gate)
        {
            ExpireLocked(now);
        }
    }

    private void AddLocked(KeyEntry entry)
    {
        if (!entries.TryAdd((entry.Tenant, entry.Key.Key), entry))
        {
            return;
        }
        byAge.Enqueue(entry);
        if (!byTenant.TryGetValue(entry.Tenant, out var own))
        {
            byTenant.Add(entry.Tenant, own = []);
        }
        own.Enqueue(entry);
        while (own.Count > Limits.KeysOfTenant)
        {
            Evicted += Remove(own.Dequeue()) ? 1 : 0;
        }
        while (byAge.Count > Limits.Keys)
        {
            Evicted += Remove(byAge.Dequeue()) ? 1 : 0;
        }
    }

    private void ExpireLocked(long now)
    {
        var oldest = now - ((long)Limits.KeyLife.TotalSeconds * Instant.PerSecond);
        while (byAge.TryPeek(out var entry) && entry.ReceivedAt < oldest)
        {
            byAge.Dequeue();
            Remove(entry);
            if (byTenant.TryGetValue(entry.Tenant, out var own))
            {
                while (own.TryPeek(out var first) && first.ReceivedAt < oldest)
                {
                    own.Dequeue();
                }
                if (own.Count == 0)
                {
                    byTenant.Remove(entry.Tenant);
                }
            }
        }
    }

    private bool Remove(KeyEntry entry) => entries.Remove((entry.Tenant, entry.Key.Key));
}
