using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Text;

namespace Picket.Detection.Alerts;

/// <summary>
/// Writes what an alert is one of: <c>rule:entity</c>, the rule's id and the values that tell its groups apart, with <c>|</c> between them. Values are compared as rules compare them:
/// without regard to case, numbers by their text, addresses however they are written; <c>|</c> and <c>\</c> in them get a <c>\</c> in front. Keeps scratch memory; not thread-safe.
/// </summary>
internal sealed class Fingerprint
{
    // What is longer is cut, and told apart by a digest.
    private const int MostBytes = 256;
    private const int LongestAddress = 45;

    private static readonly Field[] HostAndUser = [EventSchema.Host, EventSchema.Resolve("user_id")];
    private static readonly Field[] SourceAddress = [EventSchema.Resolve("src_ip")];
    private static readonly Field[] Source = [EventSchema.Source];

    private byte[] text = new byte[4_096];
    private byte[] folded = new byte[1_024];
    private int length;

    /// <summary>The tenant's number, then <see cref="Text"/>: a key over all tenants.</summary>
    public ReadOnlySpan<byte> Key => text.AsSpan(0, length);

    /// <summary>What was written last.</summary>
    public string Text => TextOf(Key);

    public static string TextOf(ReadOnlySpan<byte> key) => Encoding.UTF8.GetString(key[sizeof(uint)..]);

    public static byte[] KeyOf(TenantId tenant, string fingerprint)
    {
        var key = new byte[sizeof(uint) + Encoding.UTF8.GetByteCount(fingerprint)];
        BinaryPrimitives.WriteUInt32LittleEndian(key, tenant.Number);
        Encoding.UTF8.GetBytes(fingerprint, key.AsSpan(sizeof(uint)));
        return key;
    }

    /// <summary>Writes the one of an event. False where a value by which the rule groups is missing: such an event belongs to no group.</summary>
    /// <param name="log">The log that numbered the event.</param>
    public bool TryWrite(in TriggerInput to, uint log, EventRow row)
    {
        length = sizeof(uint);
        BinaryPrimitives.WriteUInt32LittleEndian(text, row.Tenant.Number);
        var (trigger, rule) = (to.Trigger, to.Trigger.Rule);
        Append(trigger.KeyStart.Span);
        if (rule.IsGroupedByEvent)
        {
            Append(Encoding.UTF8.GetBytes(EventId.From(new LogPosition(log, row.Seq), row.ReceivedAt).ToString()));
            return true;
        }
        var grouped = trigger.GroupBy[to.Base];
        if (grouped.Count > 0)
        {
            return TryAppend(grouped, row, isEachNeeded: true);
        }
        // A window over all events is one group.
        if (rule.Schedule is null && trigger.Window is null or { IsOfEachEvent: true })
        {
            _ = TryAppend(rule.Entity, row, isEachNeeded: false) || TryAppend(HostAndUser, row, isEachNeeded: false) || TryAppend(SourceAddress, row, isEachNeeded: false) || TryAppend(Source, row, isEachNeeded: false);
        }
        return true;
    }

    private bool TryAppend(IReadOnlyList<Field> fields, EventRow row, bool isEachNeeded)
    {
        var (start, end) = (length, length);
        for (var i = 0; i < fields.Count; i++)
        {
            if (i > 0)
            {
                Append("|"u8);
            }
            if (TryValue(row, fields[i], out var value))
            {
                AppendValue(value);
                end = length;
            }
            else if (isEachNeeded)
            {
                return false;
            }
        }
        length = end;
        return end > start;
    }

    /// <summary>An event's value of a field, as it is shown; false where there is none, or none that tells anything.</summary>
    public static bool TryValue(EventRow row, Field field, out Value value) => row.TryGet(field, out value) && value.Kind != ValueKind.Null && !value.Text.IsEmpty;

    private void AppendValue(Value value)
    {
        var most = CaseFold.MostBytes(value.Text.Length);
        if (folded.Length < most)
        {
            folded = new byte[most];
        }
        var bytes = folded.AsSpan(0, CaseFold.Fold(value.Text, folded));
        if (bytes.Length <= LongestAddress && bytes.Contains((byte)':') && IPAddress.TryParse(bytes, out var address))
        {
            bytes = Encoding.UTF8.GetBytes((address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString());
        }
        if (bytes.Length > MostBytes)
        {
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(bytes, digest);
            // Not in the middle of a character.
            var cut = MostBytes;
            while ((bytes[cut] & 0xC0) == 0x80)
            {
                cut--;
            }
            AppendEscaped(bytes[..cut]);
            Append("~"u8);
            Append(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(digest[..8])));
            return;
        }
        AppendEscaped(bytes);
    }

    private void AppendEscaped(ReadOnlySpan<byte> bytes)
    {
        for (var at = bytes.IndexOfAny((byte)'|', (byte)'\\'); at >= 0; at = bytes.IndexOfAny((byte)'|', (byte)'\\'))
        {
            Append(bytes[..at]);
            Append("\\"u8);
            Append(bytes.Slice(at, 1));
            bytes = bytes[(at + 1)..];
        }
        Append(bytes);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (text.Length < length + bytes.Length)
        {
            Array.Resize(ref text, (length + bytes.Length) * 2);
        }
        bytes.CopyTo(text.AsSpan(length));
        length += bytes.Length;
    }
}
