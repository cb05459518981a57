using System.Runtime.InteropServices;
using Picket.Events.Batches;
using Picket.Query;
using Picket.Storage.Files;

namespace Picket.Storage.Segments;

/// <summary>
/// What some rows lie between: a block's, a group's, a segment's. <em>Kept</em> is the later of when an event happened and when it was received, from which its
/// days of retention count.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct RowBounds
{
    public long Rows;
    public uint FirstTenant;
    public uint LastTenant;
    public long FirstTime;
    public long LastTime;
    public ulong FirstSeq;
    public ulong LastSeq;
    public long FirstKept;
    public long LastKept;

    /// <summary>Of no rows; anything added makes it its own.</summary>
    public static readonly RowBounds None = new()
    {
        FirstTenant = uint.MaxValue,
        FirstTime = long.MaxValue,
        LastTime = long.MinValue,
        FirstSeq = ulong.MaxValue,
        FirstKept = long.MaxValue,
        LastKept = long.MinValue,
    };

    public void Add(uint tenant, long time, long received, ulong seq)
    {
        var kept = Math.Max(time, received);
        Rows++;
        (FirstTenant, LastTenant) = (Math.Min(FirstTenant, tenant), Math.Max(LastTenant, tenant));
        (FirstTime, LastTime) = (Math.Min(FirstTime, time), Math.Max(LastTime, time));
        (FirstSeq, LastSeq) = (Math.Min(FirstSeq, seq), Math.Max(LastSeq, seq));
        (FirstKept, LastKept) = (Math.Min(FirstKept, kept), Math.Max(LastKept, kept));
    }

    public void Add(in RowBounds other)
    {
        Rows += other.Rows;
        (FirstTenant, LastTenant) = (Math.Min(FirstTenant, other.FirstTenant), Math.Max(LastTenant, other.LastTenant));
        (FirstTime, LastTime) = (Math.Min(FirstTime, other.FirstTime), Math.Max(LastTime, other.LastTime));
        (FirstSeq, LastSeq) = (Math.Min(FirstSeq, other.FirstSeq), Math.Max(LastSeq, other.LastSeq));
        (FirstKept, LastKept) = (Math.Min(FirstKept, other.FirstKept), Math.Max(LastKept, other.LastKept));
    }

    public readonly bool MayHold(uint tenant, TimeRange time) => FirstTenant <= tenant && tenant <= LastTenant && time.Touches(FirstTime, LastTime);

    public readonly bool TouchesSeqs(ulong first, ulong last) => FirstSeq <= last && LastSeq >= first;

    public readonly void Write(NativeBuffer into) => into.Append(this);

    public static RowBounds Read(ref ByteReader reader) => reader.Read<RowBounds>();
}
