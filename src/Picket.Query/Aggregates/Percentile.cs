using System.Runtime.InteropServices;
using Picket.Events.Batches;

namespace Picket.Query.Aggregates;

/// <summary>
/// A percentile within 1%, in bounded memory: values are counted in buckets whose bounds grow by a constant factor, as in DDSketch
/// (Masson, Rim and Lee, VLDB 2019). The smallest and greatest are exact.
/// </summary>
internal sealed class Percentile(double percent, Accumulator.Growth bytes) : Accumulator
{
    private const int BucketBytes = 48;
    private const double Gamma = (1 + Limits.PercentileError) / (1 - Limits.PercentileError);
    private static readonly double LogGamma = Math.Log(Gamma);

    // Keys: 0 for zero, the bucket's number shifted away from zero and signed for the rest. At most some 140,000 for all of double's range.
    private readonly Dictionary<int, long> buckets = [];
    private long numbers;
    private double least = double.PositiveInfinity;
    private double greatest = double.NegativeInfinity;

    public override double Result
    {
        get
        {
            if (numbers == 0)
            {
                return double.NaN;
            }
            var rank = percent / 100 * (numbers - 1);
            var below = 0L;
            foreach (var (key, count) in buckets.OrderBy(bucket => bucket.Key))
            {
                below += count;
                if (below > rank)
                {
                    return Math.Clamp(Middle(key), least, greatest);
                }
            }
            return greatest;
        }
    }

    public override void Add(Value value)
    {
        if (TryNumber(value, out var number))
        {
            Add(number);
        }
    }

    public override void Add(double number)
    {
        numbers++;
        least = Math.Min(least, number);
        greatest = Math.Max(greatest, number);
        Bucket(Key(number))++;
    }

    public override void Merge(Accumulator other)
    {
        var theirs = (Percentile)other;
        numbers += theirs.numbers;
        least = Math.Min(least, theirs.least);
        greatest = Math.Max(greatest, theirs.greatest);
        foreach (var (key, count) in theirs.buckets)
        {
            Bucket(key) += count;
        }
    }

    private ref long Bucket(int key)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(buckets, key, out var exists);
        bytes.Bytes += exists ? 0 : BucketBytes;
        return ref count;
    }

    private const int Shift = 50_000;

    private static int Key(double number) => number == 0 ? 0
        : Math.Sign(number) * ((int)Math.Ceiling(Math.Log(Math.Abs(number)) / LogGamma) + Shift);

    private static double Middle(int key) => key == 0 ? 0
        : Math.Sign(key) * 2 * Math.Pow(Gamma, Math.Abs(key) - Shift) / (Gamma + 1);
}
