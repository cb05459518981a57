using Picket.Detection.Rules;
using Picket.Events.Schema;

namespace Picket.Detection.Matching;

/// <summary>What a source calls what the rules of a category, written for another, ask for: as Security 4688 tells of processes, but not as Sysmon does.</summary>
/// <param name="Product">Of the source.</param>
/// <param name="Service">Of the source.</param>
/// <param name="Category">Of the rules.</param>
/// <param name="Fields">What rules ask for, and what it is called there; all others are called alike.</param>
internal sealed record FieldMapping(string Product, string Service, string Category, IReadOnlyDictionary<Field, Field> Fields)
{
    public Field NameOf(Field field) => Fields.GetValueOrDefault(field, field);

    /// <summary>Whether a rule is meant for the category wherever its events come from. One that names a service uses that service's own names.</summary>
    public bool Covers(LogSource asked) => asked.Category == Category && asked.Service is null && (asked.Product is null || asked.Product == Product);

    public bool IsOf(EventSource source) => source.Product == Product && source.Service == Service && source.Categories.Contains(Category);
}
