using System.Text;

namespace Picket.Detection.Sigma;

/// <summary>The modifiers that make other texts of a rule's texts, each a line: Sigma 2.1, appendix of modifiers. Those that ask something else are in <see cref="SigmaTerm"/>.</summary>
internal static class SigmaModifiers
{
    // A dash may be any of these where people type options.
    private static readonly string[] Dashes = ["-", "/", "\u2013", "\u2014", "\u2015"];

    private static readonly Dictionary<string, Func<SigmaPattern, IEnumerable<SigmaPattern>>> Texts = new()
    {
        ["contains"] = pattern => [pattern.Contained()],
        ["startswith"] = pattern => [pattern.Suffixed()],
        ["endswith"] = pattern => [pattern.Prefixed()],
        ["windash"] = WinDash,
    };

    // Of bytes: what the text is in an encoding, and what that is in base64.
    private static readonly Dictionary<string, Func<byte[], IEnumerable<byte[]>>> Bytes = new()
    {
        ["wide"] = utf8 => [Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(utf8))],
        ["utf16le"] = utf8 => [Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(utf8))],
        ["utf16be"] = utf8 => [Encoding.BigEndianUnicode.GetBytes(Encoding.UTF8.GetString(utf8))],
        ["utf16"] = utf8 => [[0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(utf8))]],
        ["base64"] = bytes => [Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes))],
        ["base64offset"] = bytes => Enumerable.Range(0, 3).Select(offset => Offset(bytes, offset)),
    };

    public static IEnumerable<string> Names => Texts.Keys.Concat(Bytes.Keys);

    public static bool IsOne(string name) => Texts.ContainsKey(name) || Bytes.ContainsKey(name);

    /// <summary>Whether it makes bytes of the text, so that wildcards would mean nothing.</summary>
    public static bool IsOfBytes(string name) => Bytes.ContainsKey(name);

    /// <summary>What a pattern becomes by modifiers, one after the other.</summary>
    public static IEnumerable<SigmaPattern> Apply(SigmaPattern pattern, IEnumerable<string> modifiers)
    {
        IEnumerable<(SigmaPattern Pattern, byte[]? Bytes)> all = [(pattern, null)];
        foreach (var name in modifiers)
        {
            all = Bytes.TryGetValue(name, out var encode)
                ? all.SelectMany(one => encode(one.Bytes ?? Encoding.UTF8.GetBytes(one.Pattern.Text)).Select(bytes => (one.Pattern, (byte[]?)bytes)))
                : all.SelectMany(one => Texts[name](AsText(one)).Select(text => (text, (byte[]?)null)));
        }
        return all.Select(AsText);
    }

    // Of bytes that are no text of one byte a letter, as of wide alone, each byte is a letter.
    private static SigmaPattern AsText((SigmaPattern Pattern, byte[]? Bytes) one) => one.Bytes is { } bytes ? SigmaPattern.Of(Encoding.Latin1.GetString(bytes)) : one.Pattern;

    // What of the encoding does not depend on the bytes before and behind, when they begin so many bytes after a multiple of three.
    private static byte[] Offset(byte[] bytes, int offset)
    {
        var text = Convert.ToBase64String([.. new byte[offset], .. bytes]);
        var (first, cut) = (offset switch { 0 => 0, 1 => 2, _ => 3 }, ((bytes.Length + offset) % 3) switch { 0 => 0, 1 => 3, _ => 2 });
        return Encoding.ASCII.GetBytes(text[first..^cut]);
    }

    // Each - or / that no letter stands before and one stands behind becomes each dash.
    private static IEnumerable<SigmaPattern> WinDash(SigmaPattern pattern)
    {
        IEnumerable<IReadOnlyList<SigmaPattern.Part>> all = [[]];
        foreach (var part in pattern.Parts)
        {
            all = all.SelectMany(before => part.Text is { } text ? Spellings(text).Select(made => (IReadOnlyList<SigmaPattern.Part>)[.. before, new SigmaPattern.Part(made)]) : [[.. before, part]]);
        }
        return all.Select(parts => new SigmaPattern(parts));
    }

    private static IEnumerable<string> Spellings(string text)
    {
        IEnumerable<string> all = [""];
        var from = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '-' or '/' && (i == 0 || !IsWord(text[i - 1])) && i + 1 < text.Length && IsWord(text[i + 1]))
            {
                var between = text[from..i];
                all = all.SelectMany(before => Dashes.Select(dash => before + between + dash));
                from = i + 1;
            }
        }
        var rest = text[from..];
        return all.Select(before => before + rest);
    }

    private static bool IsWord(char letter) => char.IsLetterOrDigit(letter) || letter == '_';
}
