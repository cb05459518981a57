using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Picket.Events.Batches;

namespace Picket.Query.Sorting;

/// <summary>A value as sorting sees it: numbers, and texts that are numbers, before other texts, and what is not there last.</summary>
public readonly struct SortValue
{
    private readonly double number;
    private readonly long exact;
    private readonly string? text;

    public SortValue(double number) => this.number = number;

    /// <summary>A whole number that a double does not hold exactly, such as an instant.</summary>
    public SortValue(long number) => (this.number, exact) = (number, number);

    private SortValue(string? text) => (number, this.text) = (double.NaN, text);

    public static readonly SortValue None = new((string?)null);

    private bool IsNumber => !double.IsNaN(number);

    public static SortValue Of(Value value) =>
        value.Kind == ValueKind.Null ? None
        : Utf8Parser.TryParse(value.Text, out double parsed, out var used) && used == value.Text.Length && double.IsFinite(parsed) ? new SortValue(parsed)
        : new SortValue(Encoding.UTF8.GetString(value.Text));

    public static SortValue Of(Cell cell) =>
        cell.Text is null ? None
        : double.TryParse(cell.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) && double.IsFinite(parsed) ? new SortValue(parsed)
        : new SortValue(cell.Text);

    public int CompareTo(SortValue other, bool isDescending)
    {
        var (rank, otherRank) = (Rank, other.Rank);
        if (rank != otherRank || rank == 2)
        {
            return rank.CompareTo(otherRank);
        }
        var compared = rank == 1 ? Compare(text!, other.text!) : number != other.number ? number.CompareTo(other.number) : exact.CompareTo(other.exact);
        return isDescending ? -compared : compared;
    }

    private int Rank => IsNumber ? 0 : text is null ? 2 : 1;

    // Without regard to case first, as people look for names; then with it, so that the order is one.
    private static int Compare(string a, string b) => string.Compare(a, b, StringComparison.OrdinalIgnoreCase) is var compared && compared != 0 ? compared : string.CompareOrdinal(a, b);
}
