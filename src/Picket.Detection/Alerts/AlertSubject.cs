using System.Numerics;
using System.Text;
using Picket.Detection.Windows;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Detection.Alerts;

/// <summary>
/// What an alert is about, taken from an event. There are many more of them than alerts, so that it keeps the values' bytes and makes names and texts of them when it is asked. Immutable, thread-safe.
/// </summary>
internal sealed class AlertSubject
{
    private static readonly Field[] Told = [.. ((string[])["host", "user_id", "src_ip", "dst_ip", "country", "source", "app"]).Select(EventSchema.Resolve)];

    private readonly IReadOnlyList<string> names;

    // The values, those of the group first: of each how many bytes it has and one more, seven bits a byte, the lowest first, and the bytes; a zero for one that is missing.
    private readonly byte[] packed;

    private AlertSubject(IReadOnlyList<string> names, byte[] packed) => (this.names, this.packed) = (names, packed);

    /// <summary>What is written down of it: its values.</summary>
    public ReadOnlyMemory<byte> Bytes => packed;

    /// <summary>What tells its group from others of the rule: names and values.</summary>
    public IReadOnlyList<(string Name, string Value)> Group => [.. Texts().Take(names.Count).Select((text, i) => (names[i], text ?? ""))];

    /// <summary>What else is told of the event: <c>host</c>, <c>user_id</c>, <c>src_ip</c> and such.</summary>
    public IReadOnlyDictionary<string, string> Values =>
        Texts().Skip(names.Count).Select((text, i) => (Told[i].Name, Text: text)).Where(told => told.Text is not null).ToDictionary(told => told.Name, told => told.Text!);

    public static AlertSubject Of(in TriggerInput to, EventRow row)
    {
        var (group, names) = (to.Trigger.GroupBy[to.Base], to.Trigger.GroupNames);
        var (length, values) = (0, names.Count + Told.Length);
        for (var i = 0; i < values; i++)
        {
            length += Fingerprint.TryValue(row, FieldOf(group, i), out var value) ? Packed(value.Text) : 1;
        }
        var packed = new byte[length];
        length = 0;
        for (var i = 0; i < values; i++)
        {
            length += Fingerprint.TryValue(row, FieldOf(group, i), out var value) ? Pack(value.Text, packed.AsSpan(length)) : 1;
        }
        return new AlertSubject(names, packed);
    }

    /// <summary>As it was written down in a snapshot.</summary>
    /// <param name="packed">See <see cref="Bytes"/>.</param>
    public static AlertSubject Of(Trigger trigger, byte[] packed) => new(trigger.GroupNames, packed);

    /// <summary>As it was written down.</summary>
    public static AlertSubject Of(IReadOnlyList<(string Name, string Value)> group, IReadOnlyDictionary<string, string> values)
    {
        var packed = new List<byte>();
        foreach (var value in group.Select(pair => pair.Value).Concat(Told.Select(field => values.GetValueOrDefault(field.Name))))
        {
            var text = Encoding.UTF8.GetBytes(value ?? "");
            var one = new byte[value is null ? 1 : Packed(text)];
            _ = value is null ? 0 : Pack(text, one);
            packed.AddRange(one);
        }
        return new AlertSubject([.. group.Select(pair => pair.Name)], [.. packed]);
    }

    private static Field FieldOf(IReadOnlyList<Field> group, int i) => i < group.Count ? group[i] : Told[i - group.Count];

    private static int Packed(ReadOnlySpan<byte> text) => 1 + (BitOperations.Log2((uint)text.Length + 1) / 7) + text.Length;

    private static int Pack(ReadOnlySpan<byte> text, Span<byte> into)
    {
        var at = 0;
        var length = (uint)text.Length + 1;
        for (; length > 0x7F; length >>= 7)
        {
            into[at++] = (byte)(length | 0x80);
        }
        into[at++] = (byte)length;
        text.CopyTo(into[at..]);
        return at + text.Length;
    }

    // Null for one that is missing.
    private IEnumerable<string?> Texts()
    {
        for (var at = 0; at < packed.Length;)
        {
            var (length, shift) = (0, 0);
            for (; packed[at] > 0x7F; shift += 7)
            {
                length |= (packed[at++] & 0x7F) << shift;
            }
            length |= packed[at++] << shift;
            yield return length == 0 ? null : Encoding.UTF8.GetString(packed, at, length - 1);
            at += Math.Max(0, length - 1);
        }
    }
}
