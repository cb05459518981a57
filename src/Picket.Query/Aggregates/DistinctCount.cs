using System.Numerics;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Query.Aggregates;

/// <summary>Distinct values: exact up to <see cref="Limits.ExactDistinct"/>, then HyperLogLog with 4,096 registers (Flajolet and others, 2007).</summary>
internal sealed class DistinctCount(Accumulator.Growth bytes) : Accumulator
{
    private const int IndexBits = 12;
    private const int ExactBytes = 40;
    private readonly HashSet<ulong> exact = [];
    private byte[]? registers;

    public override double Result => registers is null ? exact.Count : Math.Round(Estimate());

    public override void Add(Value value)
    {
        if (value.Kind == ValueKind.Null)
        {
            return;
        }
        Add(Mix(Field.HashOf(value.Text)));
    }

    public override void Add(double number) => throw new NotSupportedException("Distinct values are counted by their text.");

    public override void Merge(Accumulator other)
    {
        var theirs = (DistinctCount)other;
        foreach (var hash in theirs.exact)
        {
            Add(hash);
        }
        if (theirs.registers is not null)
        {
            Spread();
            for (var i = 0; i < theirs.registers.Length; i++)
            {
                registers![i] = Math.Max(registers[i], theirs.registers[i]);
            }
        }
    }

    private void Add(ulong hash)
    {
        if (registers is not null)
        {
            Register(hash);
        }
        else if (exact.Add(hash))
        {
            bytes.Bytes += ExactBytes;
            if (exact.Count > Limits.ExactDistinct)
            {
                Spread();
            }
        }
    }

    // From exact values to registers.
    private void Spread()
    {
        if (registers is null)
        {
            registers = new byte[1 << IndexBits];
            bytes.Bytes += registers.Length - (exact.Count * ExactBytes);
        }
        foreach (var known in exact)
        {
            Register(known);
        }
        exact.Clear();
        exact.TrimExcess();
    }

    // The finaliser of MurmurHash3: every bit of the hash must depend on every bit of the text.
    private static ulong Mix(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
        return hash ^ (hash >> 33);
    }

    private void Register(ulong hash)
    {
        var rank = (byte)(BitOperations.LeadingZeroCount((hash << IndexBits) | (1ul << (IndexBits - 1))) + 1);
        ref var register = ref registers![hash >> (64 - IndexBits)];
        register = Math.Max(register, rank);
    }

    private double Estimate()
    {
        var m = registers!.Length;
        var sum = registers.Sum(register => Math.Pow(2, -register));
        var estimate = 0.7213 / (1 + (1.079 / m)) * m * m / sum;
        var zeros = registers.Count(register => register == 0);
        return estimate <= 2.5 * m && zeros > 0 ? m * Math.Log((double)m / zeros) : estimate;
    }
}
