using System.Buffers.Text;
using System.Globalization;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Events.Schema;

namespace Picket.Query.Operators;

/// <summary>
/// The value lies in a range of numbers: numbers, and texts that are one; compared as 64-bit floating point. A time compares by its
/// nanoseconds since 1970.
/// </summary>
/// <param name="From">The lower end; negative infinity for none.</param>
/// <param name="To">The upper end; positive infinity for none.</param>
public sealed record Between(double From, bool FromInclusive, double To, bool ToInclusive) : Operator
{
    public static Between AtLeast(double from) => new(from, true, double.PositiveInfinity, true);

    public static Between MoreThan(double from) => new(from, false, double.PositiveInfinity, true);

    public static Between AtMost(double to) => new(double.NegativeInfinity, true, to, true);

    public static Between LessThan(double to) => new(double.NegativeInfinity, true, to, false);

    public override bool MatchesScalar(Value value)
    {
        double number;
        if (value.Kind == ValueKind.Instant)
        {
            number = Timestamps.TryParse(value.Text, out var instant, out _) ? instant : double.NaN;
        }
        else if (!Utf8Parser.TryParse(value.Text, out number, out var used) || used != value.Text.Length)
        {
            return false;
        }
        return Holds(number);
    }

    public override bool ReadsNumbers => true;

    public override void Match(Numbers numbers, RowSet into)
    {
        // The range in whole numbers, found once, so that values are not divided one by one.
        var (least, greatest) = (Bound(numbers.Divisor, lower: true), Bound(numbers.Divisor, lower: false));
        var values = numbers.Values;
        if (!numbers.IsDense)
        {
            for (var i = 0; i < values.Length; i++)
            {
                if (values[i] >= least && values[i] <= greatest)
                {
                    into.Add(numbers.Row(i));
                }
            }
            return;
        }
        for (var start = 0; start < values.Length; start += 64)
        {
            var some = values.Slice(start, Math.Min(64, values.Length - start));
            var bits = 0ul;
            for (var i = 0; i < some.Length; i++)
            {
                bits |= (some[i] >= least && some[i] <= greatest ? 1ul : 0ul) << i;
            }
            into.AddWord(start / 64, bits);
        }
    }

    // The least (or greatest) whole number that, divided, lies within this end of the range. Numbers of columns have at most 15 digits.
    private long Bound(long divisor, bool lower)
    {
        const long most = 1_000_000_000_000_000;
        bool Within(long number) => lower
            ? (FromInclusive ? (double)number / divisor >= From : (double)number / divisor > From)
            : (ToInclusive ? (double)number / divisor <= To : (double)number / divisor < To);
        var (outside, inside) = lower ? (-most - 1, most + 1) : (most + 1, -most - 1);
        while (Math.Abs(inside - outside) > 1)
        {
            var middle = outside + ((inside - outside) / 2);
            (outside, inside) = Within(middle) ? (outside, middle) : (middle, inside);
        }
        return inside;
    }

    public override Need NeedOn(Field field) => new Need.Between(field, From, To);

    private bool Holds(double number) => (FromInclusive ? number >= From : number > From) && (ToInclusive ? number <= To : number < To);

    public override string Print(BareText bare) => (From, To) switch
    {
        (_, double.PositiveInfinity) => string.Create(CultureInfo.InvariantCulture, $">{(FromInclusive ? "=" : "")}{From:R}"),
        (double.NegativeInfinity, _) => string.Create(CultureInfo.InvariantCulture, $"<{(ToInclusive ? "=" : "")}{To:R}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(FromInclusive ? '[' : '(')}{From:R} TO {To:R}{(ToInclusive ? ']' : ')')}"),
    };
}
