CREATE TABLE `images` (
	`unit` integer NOT NULL,
	`position` integer NOT NULL,
	`image` text NOT NULL,
	`label` integer NOT NULL,
	`predicted` integer NOT NULL,
	`probability` real NOT NULL,
	`cells` text NOT NULL,
	PRIMARY KEY(`unit`, `position`),
	FOREIGN KEY (`unit`) REFERENCES `units`(`number`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `units` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`turn` integer NOT NULL,
	`model` text NOT NULL,
	`dataset` text NOT NULL,
	`method` text NOT NULL,
	`backend` text NOT NULL,
	`engine` text NOT NULL,
	`protocol` text NOT NULL,
	`status` text NOT NULL,
	`reason` text,
	`header` text NOT NULL,
	`results` text,
	`timing` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `units_id_unique` ON `units` (`id`);--> statement-breakpoint
CREATE INDEX `units_turn` ON `units` (`turn`);