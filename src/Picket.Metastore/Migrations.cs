using System.Data.Common;
using System.Globalization;
using System.Reflection;
using Dapper;

namespace Picket.Metastore;

/// <summary>Numbered SQL files, embedded, run up or down in order, each in a transaction with the note that it ran.</summary>
public sealed class Migrations(SqliteDatabase database)
{
    private sealed record Step(int Number, string Name);

    /// <summary>The number that this program's tables are at.</summary>
    public static int Latest => Steps[^1].Number;

    private static IReadOnlyList<Step> Steps { get; } =
    [
        .. typeof(Migrations).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".up.sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(name => new Step(int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name[..^".up.sql".Length])),
    ];

    /// <summary>Runs what has not run. Returns the names run.</summary>
    /// <exception cref="InvalidOperationException">The database is newer than this program.</exception>
    public async Task<IReadOnlyList<string>> UpAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var at = await VersionAsync(connection);
        if (at > Latest)
        {
            throw new InvalidOperationException($"The metastore is at migration {at}; this picket knows {Latest}. Use a newer picket.");
        }
        var done = new List<string>();
        foreach (var step in Steps.Where(step => step.Number > at))
        {
            await RunAsync(connection, $"{step.Name}.up.sql", step.Number, cancellation);
            done.Add(step.Name);
        }
        return done;
    }

    /// <summary>Takes back the last one. Returns its name, or null when none has run.</summary>
    public async Task<string?> DownAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var at = await VersionAsync(connection);
        var step = Steps.LastOrDefault(step => step.Number == at);
        if (step is not null)
        {
            await RunAsync(connection, $"{step.Name}.down.sql", step.Number - 1, cancellation);
        }
        return step?.Name;
    }

    public async Task<int> VersionAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await VersionAsync(connection);
    }

    private static Task<int> VersionAsync(DbConnection connection) => connection.ExecuteScalarAsync<int>("PRAGMA user_version");

    private static async Task RunAsync(DbConnection connection, string file, int version, CancellationToken cancellation)
    {
        await using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(file)!;
        using var reader = new StreamReader(stream);
        var sql = await reader.ReadToEndAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await connection.ExecuteAsync(sql, transaction: transaction);
        await connection.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version}"), transaction: transaction);
        await transaction.CommitAsync(cancellation);
    }
}
