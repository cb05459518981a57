using System.Buffers.Text;
using System.Runtime.InteropServices;
using Picket.Events.Batches;

namespace Picket.Storage.Encodings;

/// <summary>The least and greatest of a column whose every value is a number; else it holds nothing and <see cref="IsKnown"/> is false.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal record struct NumberRange(double Least, double Greatest)
{
    public static readonly NumberRange Unknown = new(double.NaN, double.NaN);

    public readonly bool IsKnown => !double.IsNaN(Least);

    public void Add(ReadOnlySpan<long> numbers, long divisor)
    {
        var (least, greatest) = (long.MaxValue, long.MinValue);
        foreach (var number in numbers)
        {
            (least, greatest) = (Math.Min(least, number), Math.Max(greatest, number));
        }
        (Least, Greatest) = ((double)least / divisor, (double)greatest / divisor);
    }

    public void Add(Entries entries)
    {
        var (least, greatest) = (double.PositiveInfinity, double.NegativeInfinity);
        for (var i = 0; i < entries.Count; i++)
        {
            var value = entries[i];
            if (!value.IsNumber || !Utf8Parser.TryParse(value.Text, out double number, out var used) || used != value.Text.Length)
            {
                return;
            }
            (least, greatest) = (Math.Min(least, number), Math.Max(greatest, number));
        }
        (Least, Greatest) = (least, greatest);
    }
}
