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
        for (var i = 0; i < numbers.Values.Length; i++)
        {
            if (Holds(numbers[i]))
            {
                into.Add(numbers.Row(i));
            }
        }
    }

    public override Need NeedOn(Field field) => new Need.Between(field, From, To);

    private bool Holds(double number) => (FromInclusive ? number >= From : number > From) && (ToInclusive ? number <= To : number < To);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{(FromInclusive ? '[' : '(')}{From} to {To}{(ToInclusive ? ']' : ')')}");
}
