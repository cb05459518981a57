using System.Text;

namespace Picket.Query.Text;

/// <summary>A text to look for without regard to case, prepared: folded, and with its rarest letter picked to look for first. Thread-safe.</summary>
public sealed class Needle
{
    // Letters of logs from the most frequent on; what is not here is rarer.
    private static ReadOnlySpan<byte> Frequent => "e 0t1aoirns2ld35c4m-.u6p78/9fg:bhvykw"u8;

    private readonly int anchor;
    private readonly byte lower;
    private readonly byte upper;

    public Needle(string text)
    {
        Text = text;
        Folded = CaseFold.Fold(Encoding.UTF8.GetBytes(text));
        IsAscii = Ascii.IsValid(text);
        var best = -1;
        for (var i = 0; i < Folded.Length; i++)
        {
            var rank = Frequent.IndexOf(Folded[i]) is var found && found < 0 ? int.MaxValue : found;
            if (rank > best)
            {
                (best, anchor) = (rank, i);
            }
        }
        if (Folded.Length > 0)
        {
            lower = Folded[anchor];
            upper = lower is >= (byte)'a' and <= (byte)'z' ? (byte)(lower - 32) : lower;
        }
    }

    public string Text { get; }
    public byte[] Folded { get; }
    public bool IsAscii { get; }

    /// <summary>The first place in the text, or −1. For a needle that is not ASCII the text must be folded already.</summary>
    public int IndexIn(ReadOnlySpan<byte> text)
    {
        if (!IsAscii)
        {
            return text.IndexOf(Folded);
        }
        if (Folded.Length == 0)
        {
            return 0;
        }
        for (var at = anchor; at <= text.Length - (Folded.Length - anchor);)
        {
            var window = text[at..(text.Length - (Folded.Length - anchor) + 1)];
            var step = lower == upper ? window.IndexOf(lower) : window.IndexOfAny(lower, upper);
            if (step < 0)
            {
                return -1;
            }
            var start = at + step - anchor;
            if (Ascii.EqualsIgnoreCase(text.Slice(start, Folded.Length), Folded))
            {
                return start;
            }
            at += step + 1;
        }
        return -1;
    }
}
