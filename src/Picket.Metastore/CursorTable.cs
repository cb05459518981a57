using System.Data.Common;
using System.Globalization;
using Dapper;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>How far each reader of the log is. Thread-safe.</summary>
public sealed class CursorTable(SqliteDatabase database, TimeProvider time)
{
    /// <summary>Null for a reader that was never here.</summary>
    public async Task<LogPosition?> FindAsync(string reader, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var text = await connection.ExecuteScalarAsync<string?>("SELECT position FROM cursors WHERE reader = @reader", new { reader });
        return text is null ? null : LogPosition.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>When a reader was last heard of; null for one that was never here.</summary>
    public async Task<DateTimeOffset?> HeardOfAsync(string reader, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var text = await connection.ExecuteScalarAsync<string?>("SELECT updated_at FROM cursors WHERE reader = @reader", new { reader });
        return text is null ? null : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
    }

    public async Task SetAsync(string reader, LogPosition position, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await SetAsync(connection, null, reader, position, time);
    }

    internal static Task SetAsync(DbConnection connection, DbTransaction? transaction, string reader, LogPosition position, TimeProvider time) => connection.ExecuteAsync(
        """
        INSERT INTO cursors (reader, position, updated_at) VALUES (@reader, @position, @now)
        ON CONFLICT (reader) DO UPDATE SET position = excluded.position, updated_at = excluded.updated_at
        """,
        new { reader, position = position.ToString(), now = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture) }, transaction);
}
