using System.Runtime.InteropServices;
using System.Text;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Storage.Encodings;

namespace Picket.Storage.Segments;

/// <summary>Counts combinations for a <see cref="CountCube"/>; past <see cref="Limits.CubeRows"/> of them it gives up. Not thread-safe.</summary>
internal sealed class CubeBuilder
{
    private readonly Dictionary<Key, int> counts = [];
    private readonly Dictionary<(ValueKind, string), int> ids = [];
    private readonly List<(ValueKind Kind, string Text)> values = [];
    private readonly Dictionary<ulong, int> ofHour = [];
    private readonly int[][] columns = [.. CountCube.Fields.Select(_ => new int[Limits.BlockRows])];

    private readonly record struct Key(uint Tenant, long Hour, int Level, int Severity, int App, int EventType);

    /// <summary>False once there were too many combinations; then there is no cube.</summary>
    public bool IsWhole { get; private set; } = true;

    public int Count => counts.Count;

    public void GiveUp()
    {
        IsWhole = false;
        counts.Clear();
    }

    /// <summary>One of the cube's columns of the block that <see cref="AddBlock"/> will add.</summary>
    /// <param name="index">Which of <see cref="CountCube.Fields"/>.</param>
    /// <param name="column">Its rows.</param>
    /// <param name="dictionary">Its distinct values and codes; empty when there are too many.</param>
    public void SetColumn(int index, Column column, ValueDictionary dictionary)
    {
        if (!IsWhole || dictionary.Count == 0 || dictionary.Count > Limits.CubeValues)
        {
            GiveUp();
            return;
        }
        Span<int> ofEntry = stackalloc int[Limits.CubeValues];
        var entries = dictionary.Distinct.View(dictionary.Count).Entries;
        for (var entry = 0; entry < entries.Count; entry++)
        {
            ofEntry[entry] = IdOf(entries[entry]);
        }
        var into = columns[index];
        var codes = dictionary.Codes;
        for (var i = 0; i < codes.Length; i++)
        {
            into[column.Row(i)] = ofEntry[(int)codes[i]];
        }
    }

    public void AddBlock(ReadOnlySpan<uint> tenants, ReadOnlySpan<long> times)
    {
        // Rows are in order of tenant and time, so an hour is one stretch of them: within it a combination is one number.
        var (level, severity, app, eventType) = (columns[0], columns[1], columns[2], columns[3]);
        var (tenant, hour, hourEnds) = (0u, 0L, long.MinValue);
        for (var row = 0; row < times.Length && IsWhole; row++)
        {
            if (tenants[row] != tenant || times[row] < hour || times[row] >= hourEnds)
            {
                EndHour(tenant, hour);
                (tenant, hour) = (tenants[row], times[row] - (times[row] % CountCube.Hour));
                hourEnds = hour + CountCube.Hour;
            }
            CollectionsMarshal.GetValueRefOrAddDefault(
                ofHour, (ushort)level[row] | ((ulong)(ushort)severity[row] << 16) | ((ulong)(ushort)app[row] << 32) | ((ulong)(ushort)eventType[row] << 48), out _)++;
        }
        EndHour(tenant, hour);
        foreach (var column in columns)
        {
            column.AsSpan().Clear();
        }
    }

    private void EndHour(uint tenant, long hour)
    {
        foreach (var (ids, count) in ofHour)
        {
            Add(new Key(tenant, hour, (ushort)ids, (ushort)(ids >> 16), (ushort)(ids >> 32), (ushort)(ids >> 48)), count);
        }
        ofHour.Clear();
    }

    public void Add(CountCube cube)
    {
        for (var row = 0; row < cube.Rows.Count && IsWhole; row++)
        {
            var from = cube.Rows[row];
            Add(
                new Key(from.Tenant.Number, from.Time, IdIn(from, 0), IdIn(from, 1), IdIn(from, 2), IdIn(from, 3)),
                cube.Counts[row]);
        }
    }

    /// <summary>Adds a row for each combination, and returns their counts.</summary>
    public int[] Fill(EventBatchBuilder builder)
    {
        var sorted = counts.OrderBy(pair => pair.Key.Tenant).ThenBy(pair => pair.Key.Hour).ToArray();
        foreach (var (key, _) in sorted)
        {
            builder.BeginEvent(new TenantId(key.Tenant), key.Hour, 0, Code(Levels.Spellings, key.Level), Code(Severities.Spellings, key.Severity));
            AddValue(builder, EventSchema.App, key.App);
            AddValue(builder, EventSchema.EventType, key.EventType);
            builder.EndEvent(default);
        }
        return Array.ConvertAll(sorted, pair => pair.Value);
    }

    private void Add(Key key, int count)
    {
        if (count > 0)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _) += count;
            if (counts.Count > Limits.CubeRows)
            {
                GiveUp();
            }
        }
    }

    private int IdIn(EventRow row, int field) => row.TryGet(CountCube.Fields[field], out var value) ? IdOf(value) : 0;

    private int IdOf(Value value)
    {
        var key = (value.Kind, Encoding.UTF8.GetString(value.Text));
        if (!ids.TryGetValue(key, out var id))
        {
            values.Add(key);
            ids.Add(key, id = values.Count);
            if (id == ushort.MaxValue)
            {
                GiveUp();
            }
        }
        return id;
    }

    // Every event has a level and a severity.
    private byte Code(Spellings spellings, int id) => spellings.TryRead(Encoding.UTF8.GetBytes(values[id - 1].Text), out var code, out _) ? (byte)code : (byte)0;

    private void AddValue(EventBatchBuilder builder, Field field, int id)
    {
        if (id > 0)
        {
            builder.Add(field, values[id - 1].Kind, Encoding.UTF8.GetBytes(values[id - 1].Text));
        }
    }
}
