using System.Text;
using Picket.Events.Batches;
using Picket.Events.Parsing;

namespace Picket.Server.Ingest;

/// <summary>What routes demand of an item's members beyond its being an event. Values are read only as far as the demand goes.</summary>
internal readonly ref struct ItemCheck(ReadOnlySpan<byte> item)
{
    private readonly ReadOnlySpan<byte> item = item;

    public bool IsObject => !item.IsEmpty && item[0] == (byte)'{';

    /// <summary>The JSON of a member's value; empty when there is none. The last of a name counts.</summary>
    public ReadOnlySpan<byte> Member(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> found = default;
        foreach (var member in new JsonMembers(item))
        {
            if (member.Name.SequenceEqual(name))
            {
                found = member.Value;
            }
        }
        return found;
    }

    /// <summary>Members of an object's value; 0 for anything else.</summary>
    public static int CountMembers(ReadOnlySpan<byte> json)
    {
        var count = 0;
        if (!json.IsEmpty && json[0] == (byte)'{')
        {
            foreach (var _ in new JsonMembers(json))
            {
                count++;
            }
        }
        return count;
    }

    /// <summary>The text of a JSON string; null for anything else.</summary>
    public static string? Text(ReadOnlySpan<byte> json)
    {
        if (json.Length < 2 || json[0] != (byte)'"')
        {
            return null;
        }
        using var text = new NativeBuffer();
        JsonText.Unescape(json[1..^1], text);
        return Encoding.UTF8.GetString(text.Written);
    }

    /// <summary>Null when the member is text of so many characters, else what is wrong.</summary>
    public string? CheckText(string name, int least, int most)
    {
        var json = Member(Encoding.UTF8.GetBytes(name));
        if (json.IsEmpty || json.SequenceEqual("null"u8))
        {
            return $"{name} is required";
        }
        // A UTF-8 text has no more UTF-16 units than bytes, so most need no counting.
        if (Text(json) is not { } text)
        {
            return $"{name} must be text";
        }
        return text.Length < least ? $"{name} must not be empty" : text.Length > most ? $"{name} has more than {most:N0} characters" : null;
    }
}
