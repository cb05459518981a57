using System.Buffers.Text;
using Picket.Events.Batches;

namespace Picket.Query.Aggregates;

/// <summary>One group's measure as events are added. Values that are no number count for nothing but <c>distinct</c>. Not thread-safe.</summary>
internal abstract class Accumulator
{
    /// <summary>Events in the group.</summary>
    public long Count { get; private set; }

    public abstract double Result { get; }

    /// <summary>Bytes it may come to take, for the bound on a question's memory.</summary>
    public virtual int MostBytes => 64;

    public static Accumulator For(Metric metric) => metric.Operator switch
    {
        MetricOperator.Count => new CountOf(metric.Field is not null),
        MetricOperator.Distinct => new DistinctCount(),
        MetricOperator.Percentile => new Percentile(metric.Percent),
        _ => new Summary(metric.Operator),
    };

    public void AddEvents(long count) => Count += count;

    public abstract void Add(Value value);

    /// <summary>The same as <see cref="Add(Value)"/> of a JSON number.</summary>
    public abstract void Add(double number);

    /// <summary>Adds what another of the same metric has gathered.</summary>
    public void Merge(Accumulator other)
    {
        Count += other.Count;
        MergeValues(other);
    }

    protected abstract void MergeValues(Accumulator other);

    protected static bool TryNumber(Value value, out double number)
    {
        number = 0;
        return value.Kind is ValueKind.Integer or ValueKind.Decimal or ValueKind.Text
            && Utf8Parser.TryParse(value.Text, out number, out var used) && used == value.Text.Length && double.IsFinite(number);
    }

    private sealed class CountOf(bool values) : Accumulator
    {
        private long seen;

        public override double Result => values ? seen : Count;

        public override void Add(Value value) => seen += value.Kind == ValueKind.Null ? 0 : 1;

        public override void Add(double number) => seen++;

        protected override void MergeValues(Accumulator other) => seen += ((CountOf)other).seen;
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

        protected override void MergeValues(Accumulator other)
        {
            var theirs = (Summary)other;
            numbers += theirs.numbers;
            sum += theirs.sum;
            least = Math.Min(least, theirs.least);
            greatest = Math.Max(greatest, theirs.greatest);
        }
    }
}
