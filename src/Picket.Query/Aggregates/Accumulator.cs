using System.Buffers.Text;
using Picket.Events.Batches;

namespace Picket.Query.Aggregates;

/// <summary>One group's measure as events are added. Values that are no number count for nothing but <c>distinct</c>.</summary>
internal abstract class Accumulator
{
    public long Count { get; private set; }

    public abstract double Result { get; }

    public static Accumulator For(Metric metric) => metric.Operator switch
    {
        MetricOperator.Count => new CountOf(metric.Field is not null),
        MetricOperator.Distinct => new DistinctCount(),
        MetricOperator.Percentile => new Percentile(metric.Percent),
        _ => new Summary(metric.Operator),
    };

    public void AddEvent() => Count++;

    public abstract void Add(Value value);

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
                numbers++;
                sum += number;
                least = Math.Min(least, number);
                greatest = Math.Max(greatest, number);
            }
        }
    }
}
