using System.Buffers.Text;
using Picket.Events.Batches;
using Picket.Events.Parsing;

namespace Picket.Query.Aggregates;

/// <summary>One group's measure of a field as events are added. An instant is its nanoseconds since 1970. Values that are no number count for nothing but <c>count</c> and <c>distinct</c>. Not thread-safe.</summary>
internal abstract class Accumulator
{
    /// <summary>Bytes of the smallest of them.</summary>
    public const int LeastBytes = 64;

    public abstract double Result { get; }

    /// <param name="metric">What it measures; of a field.</param>
    /// <param name="bytes">What it grows by is added here.</param>
    public static Accumulator For(Metric metric, Growth bytes)
    {
        bytes.Bytes += LeastBytes;
        return metric.Operator switch
        {
            MetricOperator.Count => new CountOf(),
            MetricOperator.Distinct => new DistinctCount(bytes),
            MetricOperator.Percentile => new Percentile(metric.Percent, bytes),
            _ => new Summary(metric.Operator),
        };
    }

    public abstract void Add(Value value);

    /// <summary>The same as <see cref="Add(Value)"/> of a JSON number.</summary>
    public abstract void Add(double number);

    /// <summary>Adds what another of the same metric has gathered.</summary>
    public abstract void Merge(Accumulator other);

    protected static bool TryNumber(Value value, out double number)
    {
        number = 0;
        if (value.Kind == ValueKind.Instant && Timestamps.TryParse(value.Text, out var instant, out _))
        {
            number = instant;
            return true;
        }
        return value.Kind is ValueKind.Integer or ValueKind.Decimal or ValueKind.Text
            && Utf8Parser.TryParse(value.Text, out number, out var used) && used == value.Text.Length && double.IsFinite(number);
    }

    /// <summary>What many of them take together.</summary>
    internal sealed class Growth
    {
        public long Bytes { get; set; }
    }

    private sealed class CountOf : Accumulator
    {
        private long seen;

        public override double Result => seen;

        public override void Add(Value value) => seen += value.Kind == ValueKind.Null ? 0 : 1;

        public override void Add(double number) => seen++;

        public override void Merge(Accumulator other) => seen += ((CountOf)other).seen;
    }

    private sealed class Summary(MetricOperator op) : Accumulator
    {
        private long numbers;
        private double sum;
        private double least = double.PositiveInfinity;
        private double greatest = double.NegativeInfinity;

        public override double Result => numbers == 0 ? (op == MetricOperator.Sum ? 0 : double.NaN) : op switch
        {
            MetricOperator.Sum => sum,
            MetricOperator.Average => sum / numbers,
            MetricOperator.Minimum => least,
            _ => greatest,
        };

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
            sum += number;
            least = Math.Min(least, number);
            greatest = Math.Max(greatest, number);
        }

        public override void Merge(Accumulator other)
        {
            var theirs = (Summary)other;
            numbers += theirs.numbers;
            sum += theirs.sum;
            least = Math.Min(least, theirs.least);
            greatest = Math.Max(greatest, theirs.greatest);
        }
    }
}
