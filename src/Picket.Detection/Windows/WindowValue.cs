using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Picket.Detection.Rules;
using Picket.Events.Batches;
using Picket.Query.Text;

namespace Picket.Detection.Windows;

/// <summary>Reads what a window measures of an event. Keeps scratch memory; not thread-safe.</summary>
internal sealed class WindowValue
{
    // Sums of as many as a group holds keep all their digits.
    private const decimal Most = 1_000_000_000_000_000_000m;

    // Bytes of values that need no digest: addresses and most names.
    private const int Short = 15;

    private byte[] scratch = new byte[1_024];

    /// <summary>Where distinct values are counted, what stands for them, compared as rules compare them: themselves where they are short, else a digest. Where numbers are added up, the bits of a decimal one.</summary>
    public UInt128 Value { get; private set; }

    /// <summary>False where a value is missing, or is no number where one is needed: the event does not count.</summary>
    public bool TryRead(Window window, EventRow row)
    {
        Value = default;
        return window.Measure switch
        {
            Measure.Distinct => TryDigest(window, row),
            Measure.Sum or Measure.Average or Measure.Percentile => row.TryGet(window.Of[0], out var value) && TryNumber(value, window.Measure),
            _ => true,
        };
    }

    private bool TryNumber(Value value, Measure measure)
    {
        var isNumber = decimal.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) <= Most;
        Value = Unsafe.BitCast<decimal, UInt128>(number);
        // A sum only grows, so that what it has reached it has reached in whatever order events come.
        return isNumber && (measure != Measure.Sum || number >= 0);
    }

    private bool TryDigest(Window window, EventRow row)
    {
        var length = 0;
        for (var i = 0; i < window.Of.Count; i++)
        {
            if (!row.TryGet(window.Of[i], out var value) || value.Kind == ValueKind.Null || value.Text.IsEmpty)
            {
                return false;
            }
            // Of several, where each ends.
            var header = window.Of.Count > 1 ? sizeof(int) : 0;
            var most = length + header + CaseFold.MostBytes(value.Text.Length);
            if (scratch.Length < most)
            {
                Array.Resize(ref scratch, most * 2);
            }
            var folded = CaseFold.Fold(value.Text, scratch.AsSpan(length + header));
            if (header > 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(scratch.AsSpan(length), folded);
            }
            length += header + folded;
        }
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        if (length <= Short)
        {
            digest.Clear();
            scratch.AsSpan(0, length).CopyTo(digest);
            digest[Short] = (byte)length;
        }
        else
        {
            SHA256.HashData(scratch.AsSpan(0, length), digest);
            // None of a short one.
            digest[Short] = Short + 1;
        }
        Value = BinaryPrimitives.ReadUInt128LittleEndian(digest);
        return true;
    }
}
