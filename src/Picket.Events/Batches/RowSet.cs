using System.Numerics;
using System.Runtime.CompilerServices;

namespace Picket.Events.Batches;

/// <summary>A set of rows (or entries) of a batch, one bit each. Made for reuse: <see cref="Reset"/> keeps its memory. Not thread-safe.</summary>
public sealed class RowSet
{
    private ulong[] words = [];

    public RowSet(int rows = 0) => Reset(rows);

    /// <summary>How many rows there are, in the set or not.</summary>
    public int Rows { get; private set; }

    public int Count
    {
        get
        {
            var count = 0;
            foreach (var word in Words)
            {
                count += BitOperations.PopCount(word);
            }
            return count;
        }
    }

    public bool IsEmpty => !Words.ContainsAnyExcept(0ul);

    private Span<ulong> Words => words.AsSpan(0, (Rows + 63) >> 6);

    /// <summary>Makes it an empty set over this many rows.</summary>
    public void Reset(int rows)
    {
        Rows = rows;
        var needed = (rows + 63) >> 6;
        if (words.Length < needed)
        {
            words = new ulong[Math.Max(needed, 128)];
        }
        Words.Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int row) => words[row >> 6] |= 1ul << row;

    public void Remove(int row) => words[row >> 6] &= ~(1ul << row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(int row) => (words[row >> 6] & (1ul << row)) != 0;

    /// <summary>Adds rows from 64 times <paramref name="index"/> on, one for each bit; none beyond the last row.</summary>
    public void AddWord(int index, ulong bits) => words[index] |= bits;

    public void AddAll()
    {
        Words.Fill(ulong.MaxValue);
        if ((Rows & 63) != 0)
        {
            Words[^1] = (1ul << Rows) - 1;
        }
    }

    /// <summary>Adds the rows from <paramref name="start"/> up to but not including <paramref name="end"/>.</summary>
    public void AddRange(int start, int end)
    {
        for (var row = start; row < end; row++)
        {
            if ((row & 63) == 0 && end - row >= 64)
            {
                words[row >> 6] = ulong.MaxValue;
                row += 63;
            }
            else
            {
                Add(row);
            }
        }
    }

    public void CopyFrom(RowSet other)
    {
        Reset(other.Rows);
        other.Words.CopyTo(Words);
    }

    public void And(RowSet other)
    {
        for (var i = 0; i < Words.Length; i++)
        {
            Words[i] &= other.Words[i];
        }
    }

    public void Or(RowSet other)
    {
        for (var i = 0; i < Words.Length; i++)
        {
            Words[i] |= other.Words[i];
        }
    }

    public void Except(RowSet other)
    {
        for (var i = 0; i < Words.Length; i++)
        {
            Words[i] &= ~other.Words[i];
        }
    }

    /// <summary>The first row in the set at or after <paramref name="from"/>, or −1.</summary>
    public int Next(int from)
    {
        if (from >= Rows)
        {
            return -1;
        }
        var index = from >> 6;
        var word = Words[index] & (ulong.MaxValue << from);
        while (word == 0)
        {
            if (++index >= Words.Length)
            {
                return -1;
            }
            word = Words[index];
        }
        return (index << 6) + BitOperations.TrailingZeroCount(word);
    }
}
