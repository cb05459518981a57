using System.Globalization;
using System.Text;
using Picket.Events.Batches;

namespace Picket.Query;

/// <summary>A value, or none at all: <see cref="Text"/> is null.</summary>
/// <param name="Kind">What the text is.</param>
/// <param name="Text">As an event's value is written.</param>
public readonly record struct Cell(ValueKind Kind, string? Text)
{
    public static readonly Cell None = new(ValueKind.Null, null);

    public static Cell OfText(string? text) => text is null ? None : new Cell(ValueKind.Text, text);

    public static Cell Of(Value value) => value.Kind == ValueKind.Null ? None : new Cell(value.Kind, Encoding.UTF8.GetString(value.Text));

    /// <summary>None for what is no number.</summary>
    public static Cell OfNumber(double number) =>
        !double.IsFinite(number) ? None
        : number == Math.Floor(number) && Math.Abs(number) < 1e15 ? new Cell(ValueKind.Integer, ((long)number).ToString(CultureInfo.InvariantCulture))
        : new Cell(ValueKind.Decimal, number.ToString("R", CultureInfo.InvariantCulture));
}
