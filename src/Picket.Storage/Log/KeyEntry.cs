using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Storage.Files;

namespace Picket.Storage.Log;

/// <summary>What is remembered of a request with an idempotency key: what it sent, and where that is.</summary>
internal readonly record struct KeyEntry(TenantId Tenant, IdempotencyKey Key, ulong First, int Count, long ReceivedAt)
{
    public void Write(NativeBuffer into)
    {
        into.Append(Tenant.Number);
        into.Append(Count);
        into.Append(Key.Key);
        into.Append(Key.Body);
        into.Append(First);
        into.Append(ReceivedAt);
    }

    public static KeyEntry Read(ref ByteReader reader)
    {
        var tenant = new TenantId(reader.Read<uint>());
        var count = reader.Read<int>();
        var key = new IdempotencyKey(reader.Read<UInt128>(), reader.Read<UInt128>());
        return new KeyEntry(tenant, key, reader.Read<ulong>(), count, reader.Read<long>());
    }
}
