using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Picket.Events.Batches;

/// <summary>The fixed parts of a <see cref="PackedBatch"/>, and the check that bytes from a disk or a network are one.</summary>
internal static unsafe class PackedLayout
{
    public const ushort Version = 1;
    public const uint Magic = 0x3142_4B50; // "PKB1"

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public struct Header
    {
        public uint Magic;
        public ushort Version;
        public ushort Reserved;
        public int Length;
        public int Rows;
        public int Columns;
        public int Shapes;
        public int TenantsAt;
        public int TimesAt;
        public int ReceivedAt;
        public int SeqsAt;
        public int ShapeCodesAt;
        public int ShapeEndsAt;
        public int ShapeTextAt;
        public int ShapeTextLength;
        public int DirectoryAt;
        public int Reserved2;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public struct ColumnEntry
    {
        public ulong NameHash;
        public int NameAt;
        public int NameLength;
        public ColumnShape Shape;
        public ValueKind Kind;
        public byte Dense;
        public byte OneKind;
        public int Values;
        public int Entries;
        public int RowsAt;
        public int CodesAt;
        public int KindsAt;
        public int EndsAt;
        public int TextAt;
        public int TextLength;
    }

    /// <summary>Whether every offset, code and row number in it stays within it.</summary>
    public static bool IsWhole(NativeBuffer memory)
    {
        var bytes = memory.Length;
        if (bytes < sizeof(Header))
        {
            return false;
        }
        ref readonly var header = ref Unsafe.AsRef<Header>(memory.Pointer);
        bool Inside(int at, long count, int size) => at >= 0 && count >= 0 && at + (count * size) <= bytes;
        if (header.Magic != Magic || header.Version != Version || header.Length != bytes || header.Rows < 0
            || !Inside(header.TenantsAt, header.Rows, 4) || !Inside(header.TimesAt, header.Rows, 8) || !Inside(header.ReceivedAt, header.Rows, 8)
            || !Inside(header.SeqsAt, header.Rows, 8) || !Inside(header.ShapeCodesAt, header.Rows, 4)
            || !Inside(header.ShapeEndsAt, header.Shapes, 4) || !Inside(header.ShapeTextAt, header.ShapeTextLength, 1)
            || !Inside(header.DirectoryAt, header.Columns, sizeof(ColumnEntry))
            || !Rising(new(memory.Pointer + header.ShapeEndsAt, header.Shapes), header.ShapeTextLength))
        {
            return false;
        }
        foreach (var code in new ReadOnlySpan<int>(memory.Pointer + header.ShapeCodesAt, header.Rows))
        {
            if ((uint)code >= (uint)header.Shapes)
            {
                return false;
            }
        }
        foreach (ref readonly var entry in new ReadOnlySpan<ColumnEntry>(memory.Pointer + header.DirectoryAt, header.Columns))
        {
            if (!CheckColumn(memory, entry, header.Rows, Inside))
            {
                return false;
            }
        }
        return true;
    }

    private static bool CheckColumn(NativeBuffer memory, in ColumnEntry entry, int rows, Func<int, long, int, bool> inside)
    {
        if (!inside(entry.NameAt, entry.NameLength, 1) || !inside(entry.EndsAt, entry.Entries, 4) || !inside(entry.TextAt, entry.TextLength, 1)
            || entry.Shape > ColumnShape.Text || entry.Kind > ValueKind.Instant || entry.Values < 0
            || (entry.Dense == 1 ? entry.Values != rows : !inside(entry.RowsAt, entry.Values, 4))
            || (entry.OneKind == 0 && !inside(entry.KindsAt, entry.Entries, 1))
            || (entry.Shape == ColumnShape.Text && entry.Entries != entry.Values)
            || (entry.Shape == ColumnShape.Constant && entry.Entries != 1)
            || (entry.Shape == ColumnShape.Dictionary && !inside(entry.CodesAt, entry.Values, 2))
            || !Rising(new(memory.Pointer + entry.EndsAt, entry.Entries), entry.TextLength))
        {
            return false;
        }
        if (entry.Shape == ColumnShape.Dictionary)
        {
            foreach (var code in new ReadOnlySpan<ushort>(memory.Pointer + entry.CodesAt, entry.Values))
            {
                if (code >= entry.Entries)
                {
                    return false;
                }
            }
        }
        if (entry.Dense == 0)
        {
            var last = -1;
            foreach (var row in new ReadOnlySpan<int>(memory.Pointer + entry.RowsAt, entry.Values))
            {
                if (row <= last || row >= rows)
                {
                    return false;
                }
                last = row;
            }
        }
        return true;
    }

    private static bool Rising(ReadOnlySpan<int> ends, int most)
    {
        var last = 0;
        foreach (var end in ends)
        {
            if (end < last || end > most)
            {
                return false;
            }
            last = end;
        }
        return true;
    }
}
