using Picket.Events.Batches;
using Picket.Storage.Cache;
using Picket.Storage.Files;

namespace Picket.Storage.Segments;

/// <summary>Whose rows a segment holds, and how many.</summary>
internal sealed class TenantDirectory(uint[] tenants, long[] rows) : CachedPart
{
    public IReadOnlyList<uint> Tenants => tenants;

    public override long Bytes => tenants.Length * 12L;

    /// <summary>The tenant's rows; 0 when it has none.</summary>
    public long RowsOf(uint tenant) => Array.BinarySearch(tenants, tenant) is var at && at >= 0 ? rows[at] : 0;

    public static void Write(NativeBuffer into, SortedDictionary<uint, long> rows)
    {
        into.AppendVarint((ulong)rows.Count);
        var last = 0u;
        foreach (var (tenant, count) in rows)
        {
            into.AppendVarint(tenant - last);
            into.AppendVarint((ulong)count);
            last = tenant;
        }
    }

    public static TenantDirectory Read(ref ByteReader reader)
    {
        var count = reader.Count(uint.MaxValue);
        var (tenants, rows) = (new List<uint>(), new List<long>());
        var tenant = 0u;
        for (var i = 0; i < count; i++)
        {
            tenant += (uint)reader.Varint();
            tenants.Add(tenant);
            rows.Add((long)reader.Varint());
        }
        return new TenantDirectory([.. tenants], [.. rows]);
    }

    public void AddTo(SortedDictionary<uint, long> all)
    {
        for (var i = 0; i < tenants.Length; i++)
        {
            all[tenants[i]] = all.GetValueOrDefault(tenants[i]) + rows[i];
        }
    }

    protected override void Free()
    {
    }
}
