using Picket.Events.Schema;

namespace Picket.Events.Batches;

/// <summary>
/// Fields past <see cref="Limits.BatchColumns"/>: one column holds them all, each row's value a run of (name, kind, text), so that a sender who makes up
/// names costs bytes and not columns. Looked up by name like any other field, only slower.
/// </summary>
public static class Overflow
{
    /// <summary>Begins with a NUL and so meets no sender's name.</summary>
    public static readonly Field Field = new("\0overflow");

    /// <summary>Appends one pair: lengths as varints, name, kind, text.</summary>
    public static void Append(NativeBuffer into, Field field, ValueKind kind, ReadOnlySpan<byte> text)
    {
        into.AppendVarint((ulong)field.Utf8.Length);
        into.Append(field.Utf8);
        into.Append(kind);
        into.AppendVarint((ulong)text.Length);
        into.Append(text);
    }

    /// <summary>The values of one field, together with those in its own column where it has one; null when there is none. The caller's to dispose.</summary>
    public static ColumnMemory? Load(Field field, Column overflow, bool hasOwn, Column own)
    {
        ColumnMemory? found = null;
        var next = 0;
        for (var i = 0; i < overflow.ValueCount; i++)
        {
            var pairs = new Pairs(overflow.Entries[overflow.Entry(i)].Text);
            while (pairs.MoveNext())
            {
                if (pairs.Name.SequenceEqual(field.Utf8))
                {
                    found ??= new ColumnMemory();
                    CopyBelow(overflow.Row(i), hasOwn, own, ref next, found);
                    found.Add(overflow.Row(i), pairs.Kind, pairs.Text);
                    break;
                }
            }
        }
        if (found is not null)
        {
            CopyBelow(int.MaxValue, hasOwn, own, ref next, found);
            found.Settle(overflow.RowCount);
        }
        return found;
    }

    private static void CopyBelow(int row, bool hasOwn, Column own, ref int next, ColumnMemory into)
    {
        for (; hasOwn && next < own.ValueCount && own.Row(next) < row; next++)
        {
            var value = own.Entries[own.Entry(next)];
            into.Add(own.Row(next), value.Kind, value.Text);
        }
    }

    /// <summary>The pairs of one row. Ends early at bytes that are none.</summary>
    public ref struct Pairs(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> rest = bytes;

        public ReadOnlySpan<byte> Name { get; private set; }
        public ValueKind Kind { get; private set; }
        public ReadOnlySpan<byte> Text { get; private set; }

        public bool MoveNext()
        {
            if (!TryTake(out var name) || rest.IsEmpty)
            {
                return false;
            }
            Name = name;
            Kind = (ValueKind)rest[0];
            rest = rest[1..];
            if (Kind > ValueKind.Instant || !TryTake(out var text))
            {
                return false;
            }
            Text = text;
            return true;
        }

        private bool TryTake(out ReadOnlySpan<byte> taken)
        {
            var (length, shift, used) = (0ul, 0, 0);
            taken = default;
            do
            {
                if (used == rest.Length || shift > 28)
                {
                    return false;
                }
                length |= (ulong)(rest[used] & 0x7F) << shift;
                shift += 7;
            }
            while (rest[used++] >= 0x80);
            if (length > (ulong)(rest.Length - used))
            {
                return false;
            }
            taken = rest.Slice(used, (int)length);
            rest = rest[(used + (int)length)..];
            return true;
        }
    }
}
