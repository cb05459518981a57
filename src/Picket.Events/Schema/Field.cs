using System.Text;

namespace Picket.Events.Schema;

/// <summary>A field's dotted name, with what looking it up in a batch needs. Equal when the names are, case included.</summary>
public sealed class Field : IEquatable<Field>
{
    private readonly byte[] utf8;

    public Field(string name) : this(name, Encoding.UTF8.GetBytes(name))
    {
    }

    private Field(string name, byte[] utf8)
    {
        Name = name;
        this.utf8 = utf8;
        Hash = HashOf(utf8);
    }

    public string Name { get; }
    public ReadOnlySpan<byte> Utf8 => utf8;
    public ulong Hash { get; }

    public static Field FromUtf8(ReadOnlySpan<byte> name) => new(Encoding.UTF8.GetString(name), name.ToArray());

    /// <summary>Whether a name is one beneath this: <c>http.url</c> beneath <c>http</c>.</summary>
    public bool Holds(ReadOnlySpan<byte> name) => name.Length > utf8.Length && name[utf8.Length] == '.' && name.StartsWith(utf8);

    /// <summary>Whether this is a name beneath another.</summary>
    public bool IsWithin(Field other) => other.Holds(utf8);

    /// <summary>FNV-1a, 64 bits, with a last mix; part of the formats of batches and segments.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> name)
    {
        var hash = 14695981039346656037ul;
        foreach (var b in name)
        {
            hash = (hash ^ b) * 1099511628211ul;
        }
        return hash ^ (hash >> 29);
    }

    public bool Equals(Field? other) => other is not null && Hash == other.Hash && Name == other.Name;

    public override bool Equals(object? obj) => Equals(obj as Field);

    public override int GetHashCode() => (int)Hash;

    public override string ToString() => Name;
}
